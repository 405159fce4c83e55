import Rendition
import Store
import TestSupport
import Testing
import Text

@testable import ImageIndex

/// Indexes of the first two formats, whose documents and summaries lay in the order of hashes.
@Suite struct UpgradeTests {
    private static func document(_ number: Int) -> ImageDocument {
        var document = ImageDocument.sample(number)
        document.owner = number % 3 == 0 ? "me" : nil
        document.perceptualHash = UInt64(number)
        document.status = number == 7 ? .processing : .ready
        return document
    }

    /// As it was written then: version, state, alpha, 0, type (16), width, height, frames (4 each),
    /// bytes, seconds (8 each).
    private static func summary(_ document: ImageDocument, _ state: UInt8) -> [UInt8] {
        let type = Array(document.type.description.utf8)
        let padding = [UInt8](repeating: 0, count: 16 - type.count)
        var bytes: [UInt8] = [1, state, 0, 0] + type + padding
        for number in [document.width, document.height, document.frames] {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        for number in [document.byteCount, Int(document.uploadedAt / 1_000_000)] {
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        return bytes
    }

    private static func fill(_ path: String, format: UInt8?) throws {
        let names = ["documents", "order", "facets", "likenesses", "summaries", "pending"]
        let store = try Store(directory: path, databases: names + ["format", "verdicts"])
        let documents = store.database("documents")
        let (order, summaries) = (store.database("order"), store.database("summaries"))
        let formats = store.database("format")
        try store.write { transaction throws(StoreError) in
            for number in 0..<30 {
                let document = document(number)
                let hash = document.hash.byteArray
                let isDeleted = number >= 28
                if !isDeleted {
                    try transaction.put(document.encoded, for: hash, in: documents)
                    try transaction.put([], for: Array("x".utf8) + hash, in: order)
                }
                let state: UInt8 = !isDeleted ? 1 : number == 28 ? 2 : 3
                let summary = summary(document, state)
                try transaction.put(summary, for: hash, in: summaries)
            }
            if let format { try transaction.put([format], for: Array("format".utf8), in: formats) }
        }
    }

    @Test(arguments: [nil, 1, 2] as [UInt8?])
    func everythingIsThereAfterwards(format: UInt8?) async throws {
        let scratch = try Scratch()
        try Self.fill(scratch.path, format: format)
        for _ in 0..<2 {  // The second time there is nothing to do.
            let index = try LocalImageIndex(directory: scratch.path)
            for number in 0..<28 {
                #expect(try await index.image(.sample(number)) == .present(Self.document(number)))
            }
            #expect(try await index.image(.sample(28)) == .deleted)
            #expect(try await index.image(.sample(29)) == .blocked)
            let counts = try index.counts()
            #expect(counts.present == 28 && counts.tombstones == 2)
            let all = try await index.list(ImageQuery(), limit: 50, after: nil).images
            #expect(all.map(\.hash) == (0..<28).reversed().map { .sample($0) })
            var query = ImageQuery()
            query.owner = "me"
            #expect(try await index.list(query, limit: 50, after: nil).images.count == 10)
            #expect(try index.pending(limit: 9).map(\.hash) == [.sample(7)])
            let similar = SimilarityQuery(perceptualHash: 27, distance: 0, limit: 5)
            #expect(
                try await index.similar(to: similar).matches.map(\.document.hash)
                    == [.sample(27)])
            let reader = try index.makeSummaries()
            #expect(
                try reader.summary(of: .sample(3))
                    == ImageSummary(of: Self.document(3), state: .present))
            #expect(try reader.summary(of: .sample(28))?.uploadedAtSeconds == 1_700_000_000)
            index.close()
        }
    }

    /// One entry of each image, as all had then: only the number is another one.
    @Test func anIndexOfFormatThreeIsReadAsItIs() async throws {
        let scratch = try Scratch()
        do {
            let index = try LocalImageIndex(directory: scratch.path)
            _ = try await index.put(Self.document(3))
            _ = try await index.put(Self.document(4))
            _ = try await index.delete(.sample(4), block: true, of: nil)
            index.close()
        }
        func mark(_ format: UInt8) throws {
            let store = try Store(directory: scratch.path, databases: ["format"])
            let formats = store.database("format")
            try store.write { transaction throws(StoreError) in
                try transaction.put([format], for: Array("format".utf8), in: formats)
            }
        }
        try mark(3)
        for _ in 0..<2 {
            let index = try LocalImageIndex(directory: scratch.path)
            #expect(try await index.image(.sample(3)) == .present(Self.document(3)))
            #expect(try await index.image(.sample(4)) == .blocked)
            var other = Self.document(3)
            other.owner = "you"
            _ = try await index.put(other)
            #expect(try await index.owners(of: .sample(3)) == ["me", "you"])
            index.close()
        }
    }

    @Test func anIndexOfTheFutureIsNotTouched() throws {
        let scratch = try Scratch()
        try Self.fill(scratch.path, format: Tables.format + 1)
        #expect(throws: ImageIndexError.self) { try LocalImageIndex(directory: scratch.path) }
    }
}
