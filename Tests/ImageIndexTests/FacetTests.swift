import Rendition
import Store
import TestSupport
import Testing
import Text

@testable import ImageIndex

@Suite struct FacetTests {
    private func hashes(
        _ index: LocalImageIndex, _ change: (inout ImageQuery) -> Void
    ) async throws -> [ContentHash] {
        var query = ImageQuery()
        change(&query)
        var (hashes, cursor): ([ContentHash], ImageCursor?) = ([], nil)
        repeat {
            let page = try await index.list(query, limit: 2, after: cursor)
            hashes += page.images.map(\.hash)
            cursor = page.next
        } while cursor != nil
        return hashes
    }

    /// However few they are and however deep below the others, the first page has them.
    @Test func rareImagesAreFoundAtOnce() async throws {
        var options = LocalImageIndex.Options()
        options.scanLimit = 5
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        for number in 0..<60 {
            var document = ImageDocument.sample(number)
            if number == 3 {
                (document.owner, document.tags) = ("rare", ["rare", "rare"])
                (document.type, document.status) = (MediaType("image/tiff"), .failed)
            }
            _ = try await index.put(document)
        }
        for change: (inout ImageQuery) -> Void in [
            { $0.owner = "rare" }, { $0.tag = "rare" }, { $0.type = MediaType("image/tiff") },
            { $0.status = .failed },
        ] {
            var query = ImageQuery()
            change(&query)
            let page = try await index.list(query, limit: 1, after: nil)
            #expect(page.images.map(\.hash) == [.sample(3)] && page.next == nil)
        }
    }

    @Test func patchesAndDeletionsMoveImagesBetweenLists() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        _ = try await index.put(.sample(1))
        var patch = ImagePatch()
        (patch.owner, patch.tags) = (.set("a"), .set(["x", "y"]))
        _ = try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
        #expect(try await hashes(index) { $0.owner = "a" } == [.sample(1)])
        #expect(try await hashes(index) { $0.tag = "x" } == [.sample(1)])
        (patch.owner, patch.tags) = (.set("b"), .set(["y"]))
        _ = try await index.patch(.sample(1), patch, expecting: nil, .own("a"))
        #expect(try await hashes(index) { $0.owner = "a" } == [])
        #expect(try await hashes(index) { $0.tag = "x" } == [])
        #expect(try await hashes(index) { ($0.owner, $0.tag) = ("b", "y") } == [.sample(1)])
        _ = try await index.delete(.sample(1), block: false, of: "b")
        #expect(try await hashes(index) { $0.owner = "b" } == [])
        #expect(try await hashes(index) { $0.tag = "y" } == [])
    }

    /// No value's list runs into another's.
    @Test func valuesThatBeginAlikeAreApart() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        let owners: [UTF8String] = [
            "", "a", "ab", "a\0", UTF8String(String(repeating: "a", count: 256)),
        ]
        for (number, owner) in owners.enumerated() {
            var document = ImageDocument.sample(number)
            document.owner = owner
            _ = try await index.put(document)
        }
        for (number, owner) in owners.enumerated() {
            #expect(try await hashes(index) { $0.owner = owner } == [.sample(number)])
        }
        let endless = UTF8String(String(repeating: "a", count: 100_000))
        #expect(try await hashes(index) { $0.owner = endless } == [])
        #expect(try await hashes(index) { $0.tag = endless } == [])
    }

    @Test func whatIsNotTheOwnersIsUnknownToHim() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        var document = ImageDocument.sample(1)
        document.owner = "me"
        _ = try await index.put(document)
        var patch = ImagePatch()
        patch.name = .set("mine")
        #expect(
            try await index.patch(.sample(1), patch, expecting: nil, .own("you"))
                == .absent(.unknown))
        #expect(try await index.delete(.sample(1), block: true, of: "you") == .unknown)
        #expect(try await index.image(.sample(1)) == .present(document))
        #expect(try await index.delete(.sample(1), block: false, of: "me") == .deleted(document))
        // What is gone is nobody's to block.
        #expect(try await index.delete(.sample(1), block: true, of: "you") == .gone)
        #expect(try await index.image(.sample(1)) == .deleted)
    }

    @Test func aChangeMeanwhileIsNoticed() async throws {
        let scratch = try Scratch()
        let index = try LocalImageIndex(directory: scratch.path)
        let seen = ImageDocument.sample(1)
        _ = try await index.put(seen)
        var patch = ImagePatch()
        patch.attributes = .merge(["a": "1", "b": "2"])
        var expected = seen
        expected.attributes = ["a": "1", "b": "2"]
        #expect(
            try await index.patch(.sample(1), patch, expecting: .entry(seen), .any(preferring: nil))
                == .patched(expected))
        patch.attributes = .merge(["b": nil, "c": "3"])
        #expect(
            try await index.patch(.sample(1), patch, expecting: .entry(seen), .any(preferring: nil))
                == .changed)
        expected.attributes = ["a": "1", "c": "3"]
        #expect(
            try await index.patch(.sample(1), patch, expecting: nil, .any(preferring: nil))
                == .patched(expected))
    }
}
