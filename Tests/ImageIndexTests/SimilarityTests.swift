import Rendition
import TestSupport
import Testing
import Text

@testable import ImageIndex

@Suite struct SimilarityTests {
    private static func document(_ number: Int, _ hash: UInt64?) -> ImageDocument {
        var document = ImageDocument.sample(number)
        document.perceptualHash = hash
        return document
    }

    private static func filled(
        _ scratch: Scratch, _ hashes: [UInt64?],
        options: LocalImageIndex.Options = LocalImageIndex.Options()
    ) async throws -> LocalImageIndex {
        let index = try LocalImageIndex(directory: scratch.path, options: options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, hash) in hashes.enumerated() {
                group.addTask { _ = try await index.put(document(number, hash)) }
            }
            try await group.waitForAll()
        }
        return index
    }

    /// Some by chance, some around `center`.
    private static func hashes(around center: UInt64) -> [UInt64] {
        var random = SystemRandomNumberGenerator()
        return (0..<400).map { number in
            guard number % 2 == 0 else { return random.next() }
            return (0..<number / 20).reduce(center) { hash, _ in
                hash ^ 1 << UInt64.random(in: 0..<64, using: &random)
            }
        }
    }

    /// Looking at every image finds the same ones.
    @Test(arguments: [0, 3, 8, 11])
    func findsAllThatAreNear(distance: Int) async throws {
        let center: UInt64 = .random(in: 0 ... .max)
        let hashes = Self.hashes(around: center)
        let index = try await Self.filled(Scratch(), hashes)
        let found = try await index.similar(
            to: SimilarityQuery(perceptualHash: center, distance: distance, limit: 1000))
        let expected = hashes.indices.filter {
            (hashes[$0] ^ center).nonzeroBitCount <= distance
        }
        #expect(!found.isCut)
        #expect(Set(found.matches.map { $0.document.byteCount - 1000 }) == Set(expected))
        #expect(found.matches.count == expected.count)
        for match in found.matches {
            let hash = try #require(match.document.perceptualHash)
            #expect(match.distance == (hash ^ center).nonzeroBitCount)
        }
        #expect(found.matches.map(\.distance) == found.matches.map(\.distance).sorted())
    }

    @Test func whatIsDeletedOrNeverHadAHashIsNotFound() async throws {
        let index = try await Self.filled(Scratch(), [7, 7, nil, 6])
        _ = try await index.delete(.sample(1), block: false, of: nil)
        let query = SimilarityQuery(perceptualHash: 7, distance: 8, limit: 9)
        #expect(
            try await index.similar(to: query).matches
                == [
                    .init(document: Self.document(0, 7), distance: 0),
                    .init(document: Self.document(3, 6), distance: 1),
                ])
        // It comes back with a re-upload.
        _ = try await index.put(Self.document(1, 7))
        #expect(try await index.similar(to: query).matches.count == 3)
    }

    @Test func onlyTheOwnersImagesAreFound() async throws {
        let index = try await Self.filled(Scratch(), [1, 1, 1])
        var patch = ImagePatch()
        patch.owner = .set("me")
        _ = try await index.patch(.sample(2), patch, expecting: nil, .any(preferring: nil))
        let query = SimilarityQuery(perceptualHash: 1, distance: 0, limit: 9, owner: "me")
        #expect(try await index.similar(to: query).matches.map(\.document.hash) == [.sample(2)])
    }

    @Test func nearestComeFirstAndSoManyAsAreWanted() async throws {
        let index = try await Self.filled(Scratch(), [0b111, 0b1, 0, 0b11, 0xFF])
        let found = try await index.similar(
            to: SimilarityQuery(perceptualHash: 0, distance: 11, limit: 3))
        #expect(found.matches.map(\.distance) == [0, 1, 2])
    }

    /// Plain pictures all look alike: then it says that it did not look at all of them.
    @Test func aCrowdIsCutAndSaysSo() async throws {
        var options = LocalImageIndex.Options()
        options.similarityScanLimit = 30
        let index = try await Self.filled(
            Scratch(), Array(repeating: 5, count: 50), options: options)
        let found = try await index.similar(
            to: SimilarityQuery(perceptualHash: 5, distance: 0, limit: 100))
        #expect(found.isCut && found.matches.count == 30)
    }

    /// New ones, old ones that come late, deleted and corrected ones, few and many at a time: each
    /// search finds what comparing with all of them would.
    @Test func whatChangesBetweenSearchesIsSeen() async throws {
        let index = try await Self.filled(Scratch(), [])
        var random = SeededGenerator(seed: 11)
        var hashes: [Int: UInt64] = [:]
        var count = 0
        for round in 0..<60 {
            for _ in 0..<[1, 3, 40][round % 3] {
                let hash = UInt64.random(in: 0..<1 << 16, using: &random)
                switch (
                    Int.random(in: 0..<6, using: &random),
                    hashes.keys.sorted().randomElement(using: &random)
                ) {
                case (0, let number?):
                    _ = try await index.delete(.sample(number), block: false, of: nil)
                    hashes[number] = nil
                case (1, let number?):
                    _ = try await index.correct(.sample(number)) { $0.perceptualHash = hash }
                    hashes[number] = hash
                default:
                    var image = Self.document(count, hash)
                    if count % 5 == 0 { image.uploadedAt -= Int64(count * 1000) }
                    _ = try await index.put(image)
                    hashes[count] = hash
                    count += 1
                }
            }
            let found = try await index.similar(
                to: SimilarityQuery(perceptualHash: 0, distance: 6, limit: 10_000))
            let near = hashes.filter { $0.value.nonzeroBitCount <= 6 }.keys
            #expect(Set(found.matches.map(\.document.hash)) == Set(near.map { .sample($0) }))
            #expect(found.matches.count == near.count && !found.isCut)
        }
    }

    /// More changes than are noted between two searches.
    @Test func manyChangesBetweenSearchesAreSeen() async throws {
        let index = try await Self.filled(Scratch(), [3])
        let query = SimilarityQuery(perceptualHash: 3, distance: 0, limit: 10)
        #expect(try await index.similar(to: query).matches.count == 1)
        _ = try await index.put(Self.document(1, 3))
        try await withThrowingTaskGroup { group in
            for lane in 0..<64 {
                group.addTask {
                    for number in stride(from: 2 + lane, to: 10_500, by: 64) {
                        _ = try await index.put(Self.document(number, ~0))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await index.similar(to: query).matches.count == 2)
        _ = try await index.delete(.sample(0), block: false, of: nil)
        #expect(try await index.similar(to: query).matches.map(\.document.hash) == [.sample(1)])
    }
}
