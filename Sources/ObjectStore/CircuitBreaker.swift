/// Whether a store that has failed is still asked. After so many failures in a row it is given up:
/// everybody is refused at once, until a probe goes well.
struct CircuitBreaker: Sendable {
    enum State: Sendable { case closed, open }

    static let failuresToOpen = 5

    private(set) var state = State.closed
    private var failures = 0

    /// Whether the state is another one now.
    mutating func succeed() -> Bool {
        failures = 0
        defer { state = .closed }
        return state == .open
    }

    /// The same.
    mutating func fail() -> Bool {
        failures += 1
        guard state == .closed, failures >= Self.failuresToOpen else { return false }
        state = .open
        return true
    }
}
