internal import Rendition
internal import Store

extension LocalImageIndex {
    package func similar(
        to query: SimilarityQuery
    ) async throws(ImageIndexError) -> SimilarImages {
        try read { snapshot throws(StoreError) in
            var search = SimilaritySearch(query, entryLimit: options.similarityScanLimit)
            try search.run(in: tables.likenesses, of: snapshot)
            return try documents(search, query, in: snapshot)
        }
    }

    /// The documents of what was found, until there are enough.
    private func documents(
        _ search: SimilaritySearch, _ query: SimilarityQuery, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> SimilarImages {
        var found = SimilarImages(matches: [], isCut: search.isCut)
        var looked = 0
        for (distance, names) in search.names.enumerated() {
            for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
                if found.matches.count == query.limit { return found }
                if looked == options.scanLimit {
                    found.isCut = true
                    return found
                }
                looked += 1
                guard let document = try tables.document(named: name, in: snapshot)
                else { throw .damagedRecord }
                if query.owner == nil || document.owner == query.owner {
                    found.matches.append(.init(document: document, distance: distance))
                }
            }
        }
        return found
    }
}

/// Walks the ranges of keys in which near hashes are, the nearest first.
struct SimilaritySearch {
    /// By distance.
    private(set) var names: [[[UInt8]]]
    private(set) var isCut = false
    private let query: SimilarityQuery
    private var entriesLeft: Int

    init(_ query: SimilarityQuery, entryLimit: Int) {
        self.query = query
        entriesLeft = entryLimit
        names = Array(repeating: [], count: query.distance + 1)
    }

    mutating func run(
        in likenesses: Database, of snapshot: borrowing Snapshot
    ) throws(StoreError) {
        for radius in 0...query.distance / LikenessKey.bands.count {
            for band in LikenessKey.bands {
                let value = LikenessKey.value(of: query.perceptualHash, band: band)
                for mask in Self.masks[radius] where !isCut {
                    try look(at: value ^ mask, band, radius, likenesses, snapshot)
                }
            }
        }
    }

    private mutating func look(
        at value: UInt16, _ band: Int, _ radius: Int, _ likenesses: Database,
        _ snapshot: borrowing Snapshot
    ) throws(StoreError) {
        let prefix = LikenessKey.prefix(band: band, value: value)
        try snapshot.scan(likenesses, from: .atOrAfter(prefix)) { key, _ throws(StoreError) in
            guard key.count == LikenessKey.byteCount else { throw .damagedRecord }
            guard key[0] == prefix[0], key[1] == prefix[1], key[2] == prefix[2]
            else { return .stop }
            guard entriesLeft > 0 else {
                isCut = true
                return .stop
            }
            entriesLeft -= 1
            let difference = LikenessKey.perceptualHash(key) ^ query.perceptualHash
            let distance = difference.nonzeroBitCount
            if distance <= query.distance, Self.firstPlace(difference) == (radius, band) {
                guard let found = LikenessKey(key) else { throw .damagedRecord }
                names[distance].append(found.name)
            }
            return .next
        }
    }

    /// Where the search meets such a hash first; it has up to four places.
    private static func firstPlace(_ difference: UInt64) -> (radius: Int, band: Int) {
        var first = (radius: 17, band: 0)
        for band in LikenessKey.bands {
            let radius = LikenessKey.value(of: difference, band: band).nonzeroBitCount
            if radius < first.radius { first = (radius, band) }
        }
        return first
    }

    /// By the number of their bits, 0 to 2.
    private static let masks: [[UInt16]] = (0...2).map { count in
        (0...UInt16.max).filter { $0.nonzeroBitCount == count }
    }
}
