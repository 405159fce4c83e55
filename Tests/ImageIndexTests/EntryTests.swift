import Events
import Rendition
import TestSupport
import Testing
import Text

@testable import ImageIndex

/// Bytes are kept once; each owner who uploaded them has an entry of its own.
@Suite struct EntryTests {
    private static let owners: [UTF8String?] = ["ann", nil, "bob", "caf\u{e9}", "cafe\u{301}"]

    private func document(_ place: Int) -> ImageDocument {
        var document = ImageDocument.sample(1, uploadedAt: 1_700_000_000_000_000)
        document.owner = Self.owners[place]
        document.name = "name \(place)"
        document.tags = ["all", "t\(place)"]
        document.perceptualHash = 77
        return document
    }

    /// One image with an entry of each of the owners, all of them of the same microsecond.
    private func shared(
        _ scratch: Scratch, status: ImageDocument.Status = .ready
    ) async throws -> LocalImageIndex {
        let index = try LocalImageIndex(directory: scratch.path)
        for place in Self.owners.indices {
            var document = document(place)
            document.status = status
            guard case .created(let entry) = try await index.put(document)
            else { throw ImageIndexError.damaged }
            #expect(entry.owner == Self.owners[place] && entry.name == document.name)
            #expect(entry.uploadedAt == document.uploadedAt + Int64(place))
            #expect(try await index.put(document) == .existing(entry))
        }
        return index
    }

    private func list(
        _ index: LocalImageIndex, _ change: (inout ImageQuery) -> Void
    ) async throws -> [UTF8String?] {
        var query = ImageQuery()
        change(&query)
        return try await index.list(query, limit: 20, after: nil).images.map(\.name)
    }

    @Test func eachOwnerHasHisOwnWords() async throws {
        let scratch = try Scratch()
        let index = try await shared(scratch)
        for (place, owner) in Self.owners.enumerated() {
            let choice = owner.map { EntryChoice.own($0) } ?? .any(preferring: nil)
            guard case .present(let entry) = try await index.image(.sample(1), choice)
            else { throw ImageIndexError.damaged }
            #expect(entry.name == "name \(place)")
            let found = try await list(index) { $0.tag = "t\(place)" }
            #expect(found == ["name \(place)"])
            if let owner { #expect(try await list(index) { $0.owner = owner } == found) }
        }
        #expect(try await index.image(.sample(1), .own("carl")) == .unknown)
        let endless = UTF8String(String(repeating: "o", count: 10_000))
        #expect(try await index.image(.sample(1), .own(endless)) == .unknown)
        #expect(try await index.delete(.sample(1), block: false, of: endless) == .unknown)
        #expect(try await index.owners(of: .sample(1)).count == Self.owners.count)
        #expect(try await list(index) { $0.tag = "all" }.count == Self.owners.count)
        let counts = try index.counts()
        #expect(counts.present == 1 && counts.entries == 5 && counts.tombstones == 0)
        // One picture, however many have it; and for an owner his own.
        let near = SimilarityQuery(perceptualHash: 77, distance: 0, limit: 9)
        #expect(try await index.similar(to: near).matches.count == 1)
        var his = near
        his.owner = "bob"
        #expect(try await index.similar(to: his).matches.map(\.document.owner) == ["bob"])
    }

    @Test(arguments: 0..<120)
    func theBytesGoWithTheLastEntry(order: Int) async throws {
        let scratch = try Scratch()
        let index = try await shared(scratch, status: order % 2 == 0 ? .ready : .stored)
        var left = Self.owners.compactMap { $0 }
        var number = order
        // The nobody's entry goes by being given to somebody.
        var patch = ImagePatch()
        patch.owner = .set("dora")
        _ = try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
        left.append("dora")
        while !left.isEmpty {
            let owner = left.remove(at: number % left.count)
            number /= left.count + 1
            let outcome = try await index.delete(.sample(1), block: true, of: owner)
            #expect(
                try await index.image(.sample(1), .own(owner))
                    == (left.isEmpty ? .deleted : .unknown))
            guard !left.isEmpty else {
                guard case .deleted(let last) = outcome else { throw ImageIndexError.damaged }
                #expect(last.owner == owner)
                break
            }
            #expect(outcome == .entryDeleted)
            #expect(try await index.delete(.sample(1), block: false, of: owner) == .unknown)
            for other in left {
                guard case .present = try await index.image(.sample(1), .own(other))
                else { throw ImageIndexError.damaged }
            }
            // What is to be made of the bytes is to be made still.
            #expect(try index.pendingCount() == (order % 2 == 0 ? 0 : 1))
            #expect(try index.counts().entries == left.count)
        }
        #expect(try await index.image(.sample(1)) == .deleted)
        #expect(try index.pendingCount() == 0)
        #expect(try await list(index) { _ in }.isEmpty)
        #expect(
            try index.counts() == ImageCounts(present: 0, entries: 0, tombstones: 1, verdicts: 0))
    }

    @Test func everybodysDeletionTakesAllEntries() async throws {
        let scratch = try Scratch()
        let index = try await shared(scratch)
        _ = try await index.delete(.sample(1), block: true, of: nil)
        #expect(try await index.image(.sample(1)) == .blocked)
        #expect(try await index.put(document(0)) == .blocked)
        #expect(
            try index.counts() == ImageCounts(present: 0, entries: 0, tombstones: 1, verdicts: 0))
        #expect(try await index.put(.sample(2), mustBeKnown: true) == .unknown)
        #expect(try await index.image(.sample(2)) == .unknown)
    }

    @Test func anEntryIsGivenOnlyToWhoHasNone() async throws {
        let scratch = try Scratch()
        let index = try await shared(scratch)
        var patch = ImagePatch()
        for owner in [nil, "bob"] as [UTF8String?] {
            patch.owner = .set(owner)
            #expect(
                try await index.patch(.sample(1), patch, expecting: nil, .own("ann")) == .taken)
        }
        for (from, to) in [("ann", "eve"), ("bob", "fay"), ("eve", "ann")]
            as [(UTF8String, UTF8String)]
        {
            patch.owner = .set(to)
            _ = try await index.patch(.sample(1), patch, expecting: nil, .own(from))
            #expect(try await index.image(.sample(1), .own(from)) == .unknown)
            #expect(try await list(index) { $0.owner = to }.count == 1)
            #expect(try await list(index) { $0.owner = from }.isEmpty)
        }
    }

    @Test func whatIsKnownOfTheBytesIsInAllEntries() async throws {
        let scratch = try Scratch()
        let index = try await shared(scratch, status: .stored)
        #expect(try index.pending(limit: 9).count == 1)
        func states() async throws -> Set<ImageDocument.Status> {
            Set(try await index.list(ImageQuery(), limit: 9, after: nil).images.map(\.status))
        }
        try await index.advance(.sample(1), to: .processing)
        #expect(try await states() == [.processing])
        try await index.advance(.sample(1), to: .ready)
        #expect(try await states() == [.ready] && index.pendingCount() == 0)
        let verdict = Verdict(reason: 3, detail: "broken")
        try await index.remember(verdict, for: .sample(1), pipeline: PipelineVersion(value: 1))
        #expect(try await states() == [.failed])
        var another = document(0)
        another.owner = "gus"
        guard case .created(let entry) = try await index.put(another)
        else { throw ImageIndexError.damaged }
        #expect(entry.status == .failed && entry.error == "broken")
    }
}
