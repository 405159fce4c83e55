internal import Store

// How often upload links were used. Keys begin with the time a link ends, so that what has ended is
// found at the front.
extension LocalImageIndex {
    /// Ended links that a use takes away, at most.
    private static let sweepLimit = 16
    /// Seconds for which a link is remembered when it has ended: an upload that began before may
    /// still be on its way.
    private static let memory: Int64 = 86_400

    private var links: Database {
        guard let links = tables.links else { preconditionFailure("opened to be written") }
        return links
    }

    package func use(
        link mark: [UInt8], atMost count: Int, now: Int64
    ) async throws(ImageIndexError) -> Bool {
        try await commit([.link(mark)]) { [links] transaction throws(StoreError) in
            let used = try Self.uses(mark, of: links, in: transaction)
            guard used < count else { return false }
            try transaction.put(Self.encode(used + 1), for: mark, in: links)
            var ended: [[UInt8]] = []
            try transaction.scan(links, from: .first) { (key, _) throws(StoreError) in
                var end: Int64 = 0
                for place in 0..<8 { end = end << 8 | Int64(key[place]) }
                guard end < now - Self.memory, ended.count < Self.sweepLimit else { return .stop }
                var name: [UInt8] = []
                for place in key.indices { name.append(key[place]) }
                ended.append(name)
                return .next
            }
            for key in ended { try transaction.delete(key.span, in: links) }
            return true
        }
    }

    package func giveBack(link mark: [UInt8]) async throws(ImageIndexError) {
        try await commit([.link(mark)]) { [links] transaction throws(StoreError) in
            let used = try Self.uses(mark, of: links, in: transaction)
            guard used > 0 else { return }
            try transaction.put(Self.encode(used - 1), for: mark, in: links)
        }
    }

    package func uses(ofLink mark: [UInt8]) async throws(ImageIndexError) -> Int {
        try read { [links] snapshot throws(StoreError) in
            try Self.uses(mark, of: links, in: snapshot)
        }
    }

    private static func uses(
        _ mark: [UInt8], of links: Database,
        in transaction: borrowing some ReadTransaction & ~Copyable
    ) throws(StoreError) -> Int {
        let value = try transaction.copy(for: mark.span, in: links) ?? []
        return value.reduce(0) { $0 << 8 | Int($1) }
    }

    private static func encode(_ count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    }
}
