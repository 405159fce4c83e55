package import Rendition
package import Store

// The index of one edge as a replica of what is kept for several: it is told what others changed.
extension LocalImageIndex {
    /// States in the order of their changes.
    package struct Feed: Sendable {
        package var states: [(name: [UInt8], bytes: [UInt8])] = []
        /// Up to which change they are all there are.
        package var position: Int64
        package init(position: Int64) { self.position = position }
    }

    /// What a feed brought.
    package struct Followed: Sendable {
        package var position: Int64
        /// Bytes of which nothing is to be kept: deleted, blocked or purged. Also those of which
        /// the replica knew: it may have been told on the way of a change, which empties no cache.
        package var gone: [ContentHash] = []
        package var changedCount = 0
        package var isNoted = false
        /// Whether a token is another one now, or gone.
        package var hasTokens = false
    }

    private static let positionKey = Array("position".utf8)

    /// Up to which change everything is known here and was made use of.
    package func position() throws(ImageIndexError) -> Int64 {
        try read { snapshot throws(StoreError) in
            try Self.number(snapshot.copy(for: Self.positionKey.span, in: tables.format))
        }
    }

    /// Takes over what `fetch` brings. It is called while nobody else writes here, so that what it
    /// brings is never older than what is here; it may wait for a network, and writers wait too.
    ///
    /// - Parameters:
    ///   - done: written down with it: what was taken over up to there has been made use of, and is
    ///     not asked for again after a restart.
    ///   - isDue: whether it is written down where there is nothing else to write, too.
    package func follow(
        done: Int64? = nil, isDue: Bool = false, _ fetch: () -> Result<Feed, StoreError>
    ) throws(ImageIndexError) -> Followed {
        try write { transaction throws(StoreError) in
            let feed = try fetch().get()
            var followed = Followed(position: feed.position)
            for (name, bytes) in feed.states {
                if let hash = StateKey.purged(name) { followed.gone.append(hash) }
                // What a later version keeps it will ask for itself.
                guard let key = StateKey(name: name) else { continue }
                if try tables.install(bytes, as: key, in: transaction) {
                    followed.changedCount += 1
                }
                if case .token = key { followed.hasTokens = true }
                guard case .image(let hash) = key else { continue }
                try tables.dropVerdict(
                    besides: hash, over: options.maximumVerdictCount, in: transaction)
                guard let summary = try tables.summary(hash, in: transaction),
                    summary.state != .present
                else { continue }
                followed.gone.append(hash)
            }
            if let done, followed.changedCount > 0 || isDue {
                followed.isNoted = true
                try transaction.put(
                    Self.bytes(of: done), for: Self.positionKey, in: tables.format)
            }
            return followed
        }
    }

    /// Of which bytes nothing is to be kept, for who can not write down the rest.
    package static func gone(in states: [(name: [UInt8], bytes: [UInt8])]) -> [ContentHash] {
        states.compactMap { name, bytes in
            if let hash = StateKey.purged(name) { return hash }
            guard case .image(let hash)? = StateKey(name: name),
                Tables.isGone(bytes, hash)
            else { return nil }
            return hash
        }
    }

    /// Those that several edges share, as their writer put them.
    package func sharedTokens() throws(ImageIndexError) -> [[UInt8]] {
        guard let table = tables.tokens else { return [] }
        return try read { snapshot throws(StoreError) in
            var found: [[UInt8]] = []
            try snapshot.scan(table, from: .first) { _, value throws(StoreError) in
                found.append(unsafe value.withUnsafeBytes { unsafe Array($0) })
                return .next
            }
            return found
        }
    }

    /// Takes everything away: what it was a replica of is another one now.
    package func forgetAll() throws(ImageIndexError) {
        try write { transaction throws(StoreError) in
            for table in tables.contents { try transaction.empty(table) }
            tables.likenessMemory.noteAll(in: transaction)
            try transaction.delete(Self.positionKey.span, in: tables.format)
        }
    }

    /// Which one it is a replica of; `nil`: of none yet.
    package func truthName() throws(ImageIndexError) -> [UInt8]? {
        try read { snapshot throws(StoreError) in
            try snapshot.copy(for: Array("truth".utf8).span, in: tables.format)
        }
    }

    package func setTruthName(_ name: [UInt8]) throws(ImageIndexError) {
        try write { transaction throws(StoreError) in
            try transaction.put(name, for: Array("truth".utf8), in: tables.format)
        }
    }

    private static func number(_ bytes: [UInt8]?) -> Int64 {
        (bytes ?? []).reduce(0) { $0 << 8 | Int64($1) }
    }

    private static func bytes(of number: Int64) -> [UInt8] {
        UInt64(bitPattern: number).sortableBytes
    }
}
