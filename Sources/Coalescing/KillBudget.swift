/// How many running jobs each client may have killed by leaving. Each kill costs a worker and the
/// start of another; beyond the budget what a client leaves runs to its end, is kept, and does not
/// run again. Bounded: of more clients than it tells apart none has another kill.
package struct KillBudget: Sendable {
    /// One kill is earned in this time.
    package static let interval = Duration.seconds(5)
    /// Those not made are saved up.
    package static let saved = 8
    private static let maximumClients = 4096

    /// When each client's kills will have been earned.
    private var earnedAt: [JobClient: Duration] = [:]

    package init() {}

    /// Whether the client may have one more, which then counts.
    package mutating func take(from client: JobClient, now: Duration) -> Bool {
        if earnedAt.count >= Self.maximumClients, earnedAt[client] == nil {
            earnedAt = earnedAt.filter { $0.value > now }
            guard earnedAt.count < Self.maximumClients else { return false }
        }
        let earned = max(now, earnedAt[client] ?? now) + Self.interval
        guard earned - now <= Self.interval * Self.saved else { return false }
        earnedAt[client] = earned
        return true
    }
}
