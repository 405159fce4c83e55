import Digest
import LinuxIO
import ObjectStore
import Originals
import Rendition
import TestSupport
import Testing

/// What every `Originals` has to do, whatever it is made of.
@Suite struct ConformanceTests {
    /// The implementations; each gives an empty store.
    enum Implementation: Sendable, CaseIterable, CustomTestStringConvertible {
        case local
        case bucket(StoreEngine)

        static let allCases = [local] + StoreEngine.all.map { bucket($0) }

        var testDescription: String {
            switch self {
            case .local: "local"
            case .bucket(let engine): "\(engine)"
            }
        }

        func withEmptyStore(_ body: (any Originals) async throws -> Void) async throws {
            let scratch = try Scratch()
            switch self {
            case .local: try await body(LocalOriginals(directory: scratch.path))
            case .bucket(let engine):
                let client = try engine.client()
                try await body(
                    BucketOriginals(client, directory: scratch.path, byteBudget: 1 << 30) { _ in })
                client.stop()
            }
        }
    }

    private static func store(
        _ bytes: [UInt8], in originals: any Originals
    ) async throws -> ContentHash {
        var writer = try await originals.begin()
        try writer.append(bytes.span)
        let finished = writer.finish()
        try await originals.commit(finished, as: .sample)
        return finished.hash
    }

    private static func bytes(of stored: borrowing StoredOriginal) throws -> [UInt8] {
        try Files.read(stored.descriptor.rawValue, offset: 0, byteCount: stored.byteCount + 1)
    }

    @Test(arguments: Implementation.allCases)
    func givesBackWhatItWasGiven(in implementation: Implementation) async throws {
        try await implementation.withEmptyStore { originals async throws in
            let hash = try await Self.store([1, 2, 3], in: originals)
            #expect(hash == ContentHash(SHA256Digest(of: [1, 2, 3])))
            #expect(try await Self.store([1, 2, 3], in: originals) == hash)
            let stored = try await originals.open(hash)
            #expect(try Self.bytes(of: stored) == [1, 2, 3])
            // Then it lies on this machine.
            let local = try originals.openLocally(hash)
            #expect(try Self.bytes(of: local) == [1, 2, 3])
            #expect(try await originals.contains(hash))
        }
    }

    @Test(arguments: Implementation.allCases)
    func whatIsNotThereIsNotFound(in implementation: Implementation) async throws {
        try await implementation.withEmptyStore { originals async throws in
            let hash = ContentHash(SHA256Digest(of: [1]))
            await #expect(throws: OriginalsError.notFound) { _ = try await originals.open(hash) }
            #expect(throws: OriginalsError.notFound) { _ = try originals.openLocally(hash) }
            #expect(try await !originals.contains(hash))
            try await originals.delete(hash, before: .seconds(Int64.max / 4))
        }
    }

    @Test(arguments: Implementation.allCases)
    func aDeletedOneIsGoneAndItsReadersFinish(in implementation: Implementation) async throws {
        try await implementation.withEmptyStore { originals async throws in
            let hash = try await Self.store([1, 2, 3], in: originals)
            let reader = try await originals.open(hash)
            try await originals.delete(hash, before: .seconds(Int64.max / 4))
            await #expect(throws: OriginalsError.notFound) { _ = try await originals.open(hash) }
            #expect(try Self.bytes(of: reader) == [1, 2, 3])
            #expect(try await Self.store([1, 2, 3], in: originals) == hash)
            #expect(try await originals.contains(hash))
        }
    }

    @Test(arguments: Implementation.allCases)
    func everyHashIsListedOnce(in implementation: Implementation) async throws {
        try await implementation.withEmptyStore { originals async throws in
            var stored: Set<ContentHash> = []
            for number in UInt8(0)..<9 {
                stored.insert(try await Self.store([number], in: originals))
            }
            var listed: [ContentHash] = []
            try await originals.forEachHash {
                listed.append($0)
                return true
            }
            #expect(listed.count == 9 && Set(listed) == stored)
        }
    }
}
