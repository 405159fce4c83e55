/// What one client may take. 0 is no limit.
package struct QuotaLimits: Equatable, Sendable {
    /// Those not made are saved up for ten seconds.
    package var requestsPerSecond: Int
    /// From midnight to midnight, UTC.
    package var bytesPerDay: Int

    package init(requestsPerSecond: Int, bytesPerDay: Int = 0) {
        self.requestsPerSecond = requestsPerSecond
        self.bytesPerDay = bytesPerDay
    }

    package var isOff: Bool { requestsPerSecond == 0 && bytesPerDay == 0 }
}

/// A moment on the two clocks that quotas go by.
package struct QuotaTime: Equatable, Sendable {
    /// Of a clock that only grows.
    package var nanoseconds: UInt64
    /// Seconds since 1970.
    package var wallSeconds: Int64

    package init(nanoseconds: UInt64, wallSeconds: Int64) {
        self.nanoseconds = nanoseconds
        self.wallSeconds = wallSeconds
    }

    private static let secondsPerDay: Int64 = 86_400
    var day: Int64 { wallSeconds / Self.secondsPerDay }
    /// Until the next day: at least 1.
    var secondsLeft: Int { Int(Self.secondsPerDay - wallSeconds % Self.secondsPerDay) }
}

/// Requests and bytes of each client, next to what it may have.
///
/// All of its memory is taken at once. A client has one of eight places that its hash names; it
/// leaves one as soon as nothing it did counts any more. Who finds all eight taken shares a last
/// place with all others who do: so many clients get less, never more. Every call costs the same.
package struct QuotaTable: Sendable {
    /// An address, or half of a token's digest.
    package typealias Client = SIMD16<UInt8>

    private struct Account {
        var client = Client()
        /// When the requests so far would be through at the allowed rate (GCRA's theoretical
        /// arrival time), in nanoseconds.
        var busyUntil: UInt64 = 0
        /// On that day.
        var byteCount = 0
        var day: Int64 = 0

        /// As good as one that was never used.
        func isIdle(at time: QuotaTime) -> Bool {
            busyUntil <= time.nanoseconds && (byteCount == 0 || day != time.day)
        }
    }

    private static let waysPerSet = 8
    private static let savedNanoseconds: UInt64 = 10_000_000_000

    private let limits: QuotaLimits
    private let setCount: Int
    /// The last one is shared.
    private var accounts: [Account]

    /// - Parameter clientCount: those told apart at once, about.
    package init(_ limits: QuotaLimits, clientCount: Int = 32_768) {
        self.limits = limits
        setCount = max(1, clientCount / Self.waysPerSet)
        accounts = Array(repeating: Account(), count: setCount * Self.waysPerSet + 1)
    }

    /// Counts a request, unless it is one too many: then the seconds until there is room for it.
    package mutating func admitRequest(of client: Client, at time: QuotaTime) -> Int? {
        guard limits.requestsPerSecond > 0 else { return nil }
        let interval = max(1, 1_000_000_000 / UInt64(limits.requestsPerSecond))
        let place = place(of: client, at: time)
        let busyUntil = max(accounts[place].busyUntil, time.nanoseconds)
        let ahead = busyUntil - time.nanoseconds
        guard ahead + interval <= max(Self.savedNanoseconds, interval) else {
            let excess = ahead + interval - max(Self.savedNanoseconds, interval)
            return Int((excess + 999_999_999) / 1_000_000_000)
        }
        accounts[place].busyUntil = busyUntil + interval
        return nil
    }

    /// Whether the client may have that many bytes more today; the seconds until midnight if not.
    package mutating func waitForBytes(
        _ byteCount: Int, of client: Client, at time: QuotaTime
    ) -> Int? {
        guard limits.bytesPerDay > 0 else { return nil }
        let used = used(accounts[place(of: client, at: time)], at: time)
        return byteCount <= limits.bytesPerDay - used ? nil : time.secondsLeft
    }

    /// Counts bytes that have come; what goes beyond the quota counts as all of it.
    package mutating func charge(_ byteCount: Int, to client: Client, at time: QuotaTime) {
        guard limits.bytesPerDay > 0 else { return }
        let place = place(of: client, at: time)
        let used = used(accounts[place], at: time)
        accounts[place].byteCount = used + min(byteCount, limits.bytesPerDay - used)
        accounts[place].day = time.day
    }

    private func used(_ account: Account, at time: QuotaTime) -> Int {
        account.day == time.day ? account.byteCount : 0
    }

    /// Where the client's account is, opened if there was none.
    private mutating func place(of client: Client, at time: QuotaTime) -> Int {
        // Seeded anew by each process: nobody can aim at a set.
        var hasher = Hasher()
        hasher.combine(client)
        let hash = UInt(bitPattern: hasher.finalize())
        let start = Int(hash % UInt(setCount)) * Self.waysPerSet
        var free: Int?
        for place in start..<start + Self.waysPerSet {
            if accounts[place].client == client { return place }
            if free == nil, accounts[place].isIdle(at: time) { free = place }
        }
        guard let free else { return accounts.count - 1 }
        accounts[free] = Account(client: client)
        return free
    }
}
