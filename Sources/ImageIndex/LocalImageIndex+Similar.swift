internal import Rendition
internal import Store

extension LocalImageIndex {
    package func similar(
        to query: SimilarityQuery
    ) async throws(ImageIndexError) -> SimilarImages {
        try read { snapshot throws(StoreError) in
            var search = SimilaritySearch(query, options)
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
        for (distance, places) in search.places.enumerated() {
            for place in places {
                if found.matches.count == query.limit { return found }
                if looked == options.scanLimit {
                    found.isCut = true
                    return found
                }
                looked += 1
                let document = try tables.document(at: place, in: snapshot)
                // Bytes that several owners have are one picture.
                let isWanted =
                    query.owner.map { document.owner == $0 }
                    ?? !found.matches.contains(where: { $0.document.hash == place.hash })
                if isWanted {
                    found.matches.append(.init(document: document, distance: distance))
                }
            }
        }
        return found
    }
}

/// Compares with every image, the newest first: 48 bytes each that lie side by side. An index of
/// the hashes' parts would find the near ones among fewer, and cost every image four pages.
private struct SimilaritySearch {
    /// By distance.
    private(set) var places: [[OrderKey]]
    private(set) var isCut = false
    private let query: SimilarityQuery
    private var entriesLeft: Int
    private let limit: Int

    init(_ query: SimilarityQuery, _ options: LocalImageIndex.Options) {
        self.query = query
        entriesLeft = options.similarityScanLimit
        limit = options.scanLimit
        places = Array(repeating: [], count: query.distance + 1)
    }

    mutating func run(
        in likenesses: Database, of snapshot: borrowing Snapshot
    ) throws(StoreError) {
        try snapshot.scan(likenesses, from: .last) { key, value throws(StoreError) in
            guard entriesLeft > 0 else {
                isCut = true
                return .stop
            }
            entriesLeft -= 1
            guard value.byteCount == 8 else { throw .damagedRecord }
            let hash = unsafe UInt64(littleEndian: value.unsafeLoadUnaligned(as: UInt64.self))
            let distance = (hash ^ query.perceptualHash).nonzeroBitCount
            guard distance <= query.distance else { return .next }
            guard let place = OrderKey(key) else { throw .damagedRecord }
            if places[distance].count < limit {
                places[distance].append(place)
            } else {
                isCut = true
            }
            return .next
        }
    }
}
