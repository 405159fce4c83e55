import Rendition
import SharedIndex
import TestSupport
import Testing
import Text

@testable import ImageIndex

/// What every `ImageIndex` has to do, whatever it is made of.
@Suite struct ConformanceTests {
    /// The implementations; each gives an empty index.
    enum Implementation: CaseIterable, CustomTestStringConvertible {
        case local
        /// Several edges' index, as one of them sees it.
        case shared

        static var allCases: [Self] {
            DatabaseEngine.shared == nil ? [.local] : [.local, .shared]
        }

        var testDescription: String { "\(self)" }

        func withEmptyIndex(_ body: (any ImageIndex) async throws -> Void) async throws {
            switch self {
            case .local:
                let scratch = try Scratch()
                try await body(LocalImageIndex(directory: scratch.path))
            case .shared:
                let index = try Fleet().edge("edge")
                try await body(index)
                index.close()
            }
        }
    }

    private func fill(_ index: any ImageIndex, _ numbers: Range<Int>) async throws {
        try await withThrowingTaskGroup(of: PutOutcome.self) { group in
            for number in numbers {
                group.addTask { try await index.put(.sample(number)) }
            }
            for try await outcome in group {
                guard case .created = outcome else { throw ImageIndexError.damaged }
            }
        }
    }

    private func all(
        _ index: any ImageIndex, _ query: ImageQuery = ImageQuery(), limit: Int,
        between pages: () async throws -> Void = {}
    ) async throws -> [ImageDocument] {
        var images: [ImageDocument] = []
        var cursor: ImageCursor?
        repeat {
            let page = try await index.list(query, limit: limit, after: cursor)
            #expect(page.images.count <= limit)
            images += page.images
            cursor = try page.next.map { try #require(ImageCursor($0.text)) }
            try await pages()
        } while cursor != nil
        return images
    }

    @Test(arguments: Implementation.allCases)
    func givesBackWhatWasPut(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            #expect(try await index.image(.sample(1)) == .unknown)
            #expect(try await index.put(.full(1)) == .created(.full(1)))
            #expect(try await index.image(.sample(1)) == .present(.full(1)))
            #expect(
                try await index.counts()
                    == ImageCounts(present: 1, entries: 1, tombstones: 0, verdicts: 0))
        }
    }

    @Test(arguments: Implementation.allCases)
    func aKnownImageStaysAsItIs(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            _ = try await index.put(.full(1))
            var again = ImageDocument.sample(1, uploadedAt: 5)
            again.owner = ImageDocument.full(1).owner
            #expect(try await index.put(again) == .existing(.full(1)))
            #expect(try await all(index, limit: 10) == [.full(1)])
        }
    }

    @Test(arguments: Implementation.allCases)
    func deletionLeavesATombstoneThatAReuploadLifts(in implementation: Implementation) async throws
    {
        try await implementation.withEmptyIndex { index async throws in
            #expect(try await index.delete(.sample(1), block: true, of: nil) == .unknown)
            _ = try await index.put(.sample(1))
            #expect(
                try await index.delete(.sample(1), block: false, of: nil) == .deleted(.sample(1)))
            #expect(try await index.image(.sample(1)) == .deleted)
            #expect(try await index.delete(.sample(1), block: false, of: nil) == .gone)
            #expect(try await all(index, limit: 10) == [])
            #expect(
                try await index.counts()
                    == ImageCounts(present: 0, entries: 0, tombstones: 1, verdicts: 0))
            let again = ImageDocument.sample(1, uploadedAt: 7)
            #expect(try await index.put(again) == .created(again))
            #expect(try await all(index, limit: 10) == [again])
            #expect(
                try await index.counts()
                    == ImageCounts(present: 1, entries: 1, tombstones: 0, verdicts: 0))
        }
    }

    @Test(arguments: Implementation.allCases)
    func aBlockedImageStaysAway(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            for number in 1...2 { _ = try await index.put(.sample(number)) }
            #expect(
                try await index.delete(.sample(1), block: true, of: nil) == .deleted(.sample(1)))
            _ = try await index.delete(.sample(2), block: false, of: nil)
            #expect(try await index.delete(.sample(2), block: true, of: nil) == .gone)
            for number in 1...2 {
                #expect(try await index.delete(.sample(number), block: false, of: nil) == .gone)
                #expect(try await index.put(.sample(number)) == .blocked)
                #expect(try await index.image(.sample(number)) == .blocked)
            }
            #expect(try await all(index, limit: 10) == [])
        }
    }

    @Test(arguments: Implementation.allCases)
    func aPatchChangesWhatItNames(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            var expected = ImageDocument.full(1)
            _ = try await index.put(expected)
            var patch = ImagePatch()
            patch.name = .set(nil)
            patch.tags = .set(["new"])
            (expected.name, expected.tags) = (nil, ["new"])
            // Of those that it came under its own goes.
            expected.givenNames.removeLast()
            #expect(
                try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
                    == .patched(expected))
            #expect(try await index.image(.sample(1)) == .present(expected))
            #expect(try await all(index, limit: 10) == [expected])
            #expect(
                try await index.patch(.sample(2), patch, expecting: nil, .any(preferring: nil))
                    == .absent(.unknown))
            _ = try await index.delete(.sample(1), block: false, of: nil)
            #expect(
                try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
                    == .absent(.deleted))
        }
    }

    @Test(arguments: Implementation.allCases)
    func tooLongTextsAreRefusedAndChangeNothing(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            let limits = ImageDocument.Limits.self
            var document = ImageDocument.sample(1)
            document.name = UTF8String(String(repeating: "é", count: limits.nameBytes / 2))
            _ = try await index.put(document)
            var patch = ImagePatch()
            patch.tags = .set(["fine"])
            patch.name = .set(
                UTF8String(String(repeating: "é", count: limits.nameBytes / 2 + 1)))
            let tooLong = ImageIndexError.tooLong(field: "name", limit: limits.nameBytes)
            await #expect(throws: tooLong) {
                try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
            }
            #expect(try await index.image(.sample(1)) == .present(document))
            var other = ImageDocument.sample(2)
            other.tags = Array(repeating: "x", count: limits.tags + 1)
            await #expect(throws: ImageIndexError.tooLong(field: "tags", limit: limits.tags)) {
                try await index.put(other)
            }
            #expect(try await index.image(.sample(2)) == .unknown)
        }
    }

    @Test(arguments: Implementation.allCases)
    func listsNewestFirstInPages(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            try await fill(index, 0..<50)
            let expected = (0..<50).reversed().map { ImageDocument.sample($0) }
            for limit in [1, 7, 25, 50, 51] {
                #expect(try await all(index, limit: limit) == expected)
            }
            #expect(try await index.list(ImageQuery(), limit: 50, after: nil).next == nil)
        }
    }

    @Test(arguments: Implementation.allCases)
    func imagesOfOneMomentAreAllListed(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            for number in 0..<20 { _ = try await index.put(.sample(number, uploadedAt: -1)) }
            let listed = try await all(index, limit: 3).map(\.hash)
            #expect(listed.count == 20 && Set(listed).count == 20)
        }
    }

    /// Newer uploads do not show up in later pages, deletions take out nothing but themselves, and
    /// the image a cursor stands on may go.
    @Test(arguments: Implementation.allCases)
    func aListingIsStableUnderWrites(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            try await fill(index, 0..<40)
            var round = 0
            let listed = try await all(index, limit: 4) {
                _ = try await index.put(.sample(1000 + round))
                _ = try await index.delete(.sample(39 - 4 * round - 3), block: false, of: nil)
                round += 1
            }
            #expect(listed.map(\.hash) == (0..<40).reversed().map { .sample($0) })
        }
    }

    @Test(arguments: Implementation.allCases)
    func filtersAreAllAsked(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            for number in 0..<24 {
                var document = ImageDocument.sample(number)
                document.owner = number % 2 == 0 ? "even" : nil
                document.tags = number % 3 == 0 ? ["third", "x"] : ["x"]
                document.type = number % 4 == 0 ? MediaType("image/png") : document.type
                document.name = "IMG_\(number).jpg"
                document.status = number == 5 ? .failed : .ready
                _ = try await index.put(document)
            }
            func numbers(_ change: (inout ImageQuery) -> Void) async throws -> [Int] {
                var query = ImageQuery()
                change(&query)
                return try await all(index, query, limit: 2).map { $0.byteCount - 1000 }
            }
            let start = ImageDocument.sample(0).uploadedAt
            #expect(
                try await numbers { $0.owner = "even" }
                    == stride(from: 22, through: 0, by: -2).map { $0 })
            #expect(
                try await numbers { $0.tag = "third" }
                    == stride(from: 21, through: 0, by: -3).map { $0 })
            #expect(
                try await numbers { $0.type = MediaType("image/png") } == [20, 16, 12, 8, 4, 0])
            #expect(try await numbers { $0.status = .failed } == [5])
            #expect(try await numbers { $0.name = "img_2" } == [23, 22, 21, 20, 2])
            #expect(try await numbers { $0.since = start + 21 } == [23, 22, 21])
            #expect(try await numbers { $0.until = start + 3 } == [2, 1, 0])
            #expect(
                try await numbers {
                    ($0.since, $0.until, $0.owner) = (start + 3, start + 9, "even")
                } == [8, 6, 4])
            #expect(try await numbers { ($0.owner, $0.status) = ("even", .failed) } == [])
        }
    }

    @Test(arguments: Implementation.allCases)
    func verdictsAreOfOnePipelineVersion(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            let (old, new) = (PipelineVersion(value: 1), PipelineVersion(value: .max))
            let verdict = Verdict(reason: 2, detail: "cut off at byte 7")
            #expect(try await index.verdict(for: .sample(1), pipeline: old) == nil)
            try await index.remember(verdict, for: .sample(1), pipeline: old)
            #expect(try await index.verdict(for: .sample(1), pipeline: old) == verdict)
            #expect(try await index.verdict(for: .sample(1), pipeline: new) == nil)
            try await index.remember(verdict, for: .sample(1), pipeline: new)
            #expect(try await index.verdict(for: .sample(1), pipeline: new) == verdict)
            #expect(
                try await index.counts()
                    == ImageCounts(present: 0, entries: 0, tombstones: 0, verdicts: 1))
            #expect(try await index.image(.sample(1)) == .unknown)
        }
    }

    @Test(arguments: Implementation.allCases)
    func summariesKnowWhatWasWritten(in implementation: Implementation) async throws {
        try await implementation.withEmptyIndex { index async throws in
            let pipeline = PipelineVersion(value: 1)
            let summaries = try index.makeSummaries()
            #expect(try summaries.summary(of: .sample(1)) == nil)
            _ = try await index.put(.sample(1))
            #expect(
                try summaries.summary(of: .sample(1))
                    == ImageSummary(of: .sample(1), state: .present))
            #expect(try summaries.verdict(on: .sample(1), pipeline: pipeline) == nil)
            let verdict = Verdict(reason: 2, detail: "cut off at byte 7")
            try await index.remember(verdict, for: .sample(1), pipeline: pipeline)
            #expect(try summaries.verdict(on: .sample(1), pipeline: pipeline) == verdict)
            try await index.forgetVerdict(on: .sample(1))
            #expect(try summaries.verdict(on: .sample(1), pipeline: pipeline) == nil)
            _ = try await index.delete(.sample(1), block: true, of: nil)
            #expect(try summaries.summary(of: .sample(1))?.state == .blocked)
        }
    }

    @Test(arguments: Implementation.allCases)
    func whatIsStillToBeMadeIsPendingUntilItIsSettled(
        in implementation: Implementation
    ) async throws {
        try await implementation.withEmptyIndex { index async throws in
            for number in 0..<3 {
                var image = ImageDocument.sample(number)
                image.status = .stored
                _ = try await index.put(image)
            }
            let two = try await index.pending(limit: 2, besides: [])
            #expect(two.map(\.hash) == [.sample(0), .sample(1)])
            try await index.advance(.sample(0), to: .processing)
            #expect(try await index.pending(limit: 1, besides: []).map(\.hash) == [.sample(0)])
            try await index.advance(.sample(0), to: .ready)
            try await index.advance(.sample(1), to: .failed(preset: "p", error: "why"))
            #expect(try await index.pending(limit: 9, besides: []).map(\.hash) == [.sample(2)])
            guard case .present(let failed) = try await index.image(.sample(1)) else {
                throw ImageIndexError.damaged
            }
            #expect(failed.status == .failed && failed.failedPreset == "p")
        }
    }
}
