/// An event on its way to one subscriber.
package struct Delivery: Equatable, Sendable {
    package let event: Event
    package let subscriber: UInt64
    /// Attempts that failed.
    package let attempts: Int
    /// Where it stands in the queue.
    let due: Due

    /// Microseconds since 1970, or parked then: not tried again by itself. As a number it sorts
    /// so that what is parked is behind all that is due.
    struct Due: Equatable, Sendable {
        private static let parkedBit: UInt64 = 1 << 63
        let rawValue: UInt64

        init(rawValue: UInt64) { self.rawValue = rawValue }
        init(at time: Int64) { rawValue = UInt64(clamping: time) & ~Self.parkedBit }
        static func parked(at time: Int64) -> Due {
            Due(rawValue: Due(at: time).rawValue | parkedBit)
        }
        static let firstParked = Due(rawValue: parkedBit)

        /// `nil`: parked.
        var time: Int64? { rawValue & Self.parkedBit == 0 ? Int64(rawValue) : nil }
    }
}

// Keys: subscriber, due (8 bytes each), event (16), most significant byte first. Values: version,
// kind, attempts (1 byte each), time (8), payload.
extension Delivery {
    private static let version: UInt8 = 1
    static let keyByteCount = 32
    private static let headByteCount = 11

    var key: [UInt8] {
        Self.bytes(of: subscriber) + Self.bytes(of: due.rawValue)
            + Self.bytes(of: event.id.high) + Self.bytes(of: event.id.low)
    }

    var value: [UInt8] {
        [Self.version, event.kind.rawValue, UInt8(clamping: attempts)]
            + Self.bytes(of: UInt64(bitPattern: event.time)) + event.payload
    }

    /// `nil` when it is none.
    init?(key: Span<UInt8>, value: RawSpan) {
        let value = unsafe value.withUnsafeBytes { bytes in unsafe [UInt8](bytes) }
        guard key.count == Self.keyByteCount, value.count >= Self.headByteCount,
            value[0] == Self.version, let kind = EventKind(rawValue: value[1])
        else { return nil }
        let id = EventID(high: Self.number(in: key, at: 16), low: Self.number(in: key, at: 24))
        subscriber = Self.number(in: key, at: 0)
        due = Due(rawValue: Self.number(in: key, at: 8))
        attempts = Int(value[2])
        event = Event(
            id: id, kind: kind, time: Int64(bitPattern: Self.number(in: value.span, at: 3)),
            payload: Array(value.dropFirst(Self.headByteCount)))
    }

    init(_ event: Event, for subscriber: UInt64, attempts: Int = 0, due: Due) {
        (self.event, self.subscriber, self.attempts, self.due) = (event, subscriber, attempts, due)
    }

    static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    static func number(in bytes: Span<UInt8>, at place: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[place + $1]) }
    }
}
