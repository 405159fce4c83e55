internal import Rendition
internal import Store

extension LocalImageIndex {
    package func similar(
        to query: SimilarityQuery
    ) async throws(ImageIndexError) -> SimilarImages {
        try read { snapshot throws(StoreError) in
            let found = try tables.likenessMemory.search(
                query, atMost: options.similarityScanLimit, matches: options.scanLimit,
                in: tables.likenesses, of: snapshot)
            return try documents(found, query, in: snapshot)
        }
    }

    /// The documents of what was found, until there are enough.
    private func documents(
        _ near: LikenessMemory.Found, _ query: SimilarityQuery, in snapshot: borrowing Snapshot
    ) throws(StoreError) -> SimilarImages {
        var found = SimilarImages(matches: [], isCut: near.isCut)
        var looked = 0
        for (distance, places) in near.places.enumerated() {
            for place in places {
                if found.matches.count == query.limit { return found }
                if looked == options.scanLimit {
                    found.isCut = true
                    return found
                }
                looked += 1
                guard let document = try document(at: place, distance, query, in: snapshot)
                else { continue }
                // Bytes that several owners have are one picture.
                let isWanted =
                    query.owner.map { document.owner == $0 }
                    ?? !found.matches.contains { $0.document.hash == document.hash }
                if isWanted {
                    found.matches.append(.init(document: document, distance: distance))
                }
            }
        }
        return found
    }

    /// `nil`: in this snapshot it is not there, or not as near, for the memory may know of later
    /// changes.
    private func document(
        at place: LikenessMemory.Place, _ distance: Int, _ query: SimilarityQuery,
        in snapshot: borrowing Snapshot
    ) throws(StoreError) -> ImageDocument? {
        var found: ImageDocument?
        try snapshot.scan(tables.images, from: .atOrAfter(place.bytes)) {
            key, value throws(StoreError) in
            guard key.begins(with: place.bytes), let place = OrderKey(key) else { return .stop }
            let record = unsafe value.withUnsafeBytes { unsafe Array($0) }
            found = try Tables.decode(record, place.hash)
            return .stop
        }
        guard let found, let hash = found.perceptualHash,
            (hash ^ query.perceptualHash).nonzeroBitCount == distance
        else { return nil }
        return found
    }
}
