import Digest
import LinuxIO
import ObjectStore
import Originals
import Rendition
import Synchronization
import TestSupport
import Testing

/// What only originals in a bucket do.
@Suite struct BucketOriginalsTests {
    /// What happened.
    private final class Events: Sendable {
        private let all = Mutex<[ObjectEvent]>([])
        func take(_ event: ObjectEvent) { all.withLock { $0.append(event) } }
        func count(of method: ObjectMethod) -> Int {
            all.withLock { events in
                events.count { if case .asked(method, _, _) = $0 { true } else { false } }
            }
        }
        func hasDamaged(_ hash: ContentHash) -> Bool {
            all.withLock { events in
                events.contains { if case .damaged(hash) = $0 { true } else { false } }
            }
        }
    }

    /// One edge's view of a part of the bucket.
    private struct Site {
        let scratch: Scratch
        let events = Events()
        let client: ObjectClient
        let originals: BucketOriginals

        init(
            _ engine: StoreEngine, prefix: String, scratch: Scratch? = nil,
            byteBudget: Int = 1 << 30
        ) throws {
            self.scratch = try scratch ?? Scratch()
            client = try engine.client(prefix: prefix, observe: events.take)
            let (client, directory, events) = (client, self.scratch.path, events)
            // One that was there before is let go when its last task ends.
            var opened: BucketOriginals?
            _ = eventually {
                opened = try? BucketOriginals(
                    client, directory: directory, byteBudget: byteBudget, observe: events.take)
                return opened != nil
            }
            originals = try #require(opened)
        }

        func store(_ bytes: [UInt8]) async throws -> ContentHash {
            var writer = try originals.begin()
            try writer.append(bytes.span)
            let finished = writer.finish()
            try await originals.commit(finished, as: .sample)
            return finished.hash
        }

        func bytes(_ hash: ContentHash) async throws -> [UInt8] {
            let stored = try await originals.open(hash)
            return try Files.read(stored.descriptor.rawValue, offset: 0, byteCount: 1 << 26)
        }
    }

    private static func content(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test(arguments: StoreEngine.all)
    func whatOneEdgeStoredAnotherFetchesOnceHoweverManyWantIt(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let content = Self.content(3_000_000, seed: 1)
        let hash = try await Site(engine, prefix: prefix).store(content)
        let other = try Site(engine, prefix: prefix)
        let originals = other.originals
        #expect(originals.hold(hash) == nil)
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 { group.addTask { _ = try await originals.fetch(hash) } }
            try await group.waitForAll()
        }
        #expect(other.events.count(of: .get) == 1)
        #expect(originals.hold(hash) != nil)
        #expect(try await other.bytes(hash) == content)
    }

    @Test(arguments: StoreEngine.all)
    func anUploadLiesHereTooAndIsSentOnce(engine: StoreEngine) async throws {
        let site = try Site(engine, prefix: StoreEngine.emptyPrefix())
        let hash = try await site.store([1, 2, 3])
        _ = try await site.store([1, 2, 3])
        #expect(site.events.count(of: .put) == 1)
        #expect(try await site.bytes(hash) == [1, 2, 3])
        #expect(site.events.count(of: .get) == 0)
    }

    @Test(arguments: StoreEngine.all)
    func filesAreFoundAgainAndProvenBeforeTheyAreUsed(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let scratch = try Scratch()
        var hashes: [ContentHash] = []
        do {
            let site = try Site(engine, prefix: prefix, scratch: scratch)
            for number in UInt8(0)..<2 { hashes.append(try await site.store([number, 1])) }
        }
        let file = try #require(try scratch.files().first { $0.hasSuffix(hashes[1].hex) })
        let descriptor = try Files.open(scratch.path(file), flags: 1)
        let wrong: [UInt8] = [9]
        let span = wrong.span
        unsafe try Files.write(descriptor.rawValue, span.bytes, at: 0)

        let site = try Site(engine, prefix: prefix, scratch: scratch)
        #expect(site.originals.statistics.count == 2)
        #expect(try await site.bytes(hashes[0]) == [0, 1])
        #expect(site.events.count(of: .get) == 0)
        #expect(try await site.bytes(hashes[1]) == [1, 1])
        #expect(site.events.count(of: .get) == 1)
    }

    @Test(arguments: StoreEngine.all)
    func thoseUsedLongestAgoGoAndNoneThatIsHeld(engine: StoreEngine) async throws {
        let site = try Site(engine, prefix: StoreEngine.emptyPrefix(), byteBudget: 1000)
        var hashes: [ContentHash] = []
        for seed in UInt64(0)..<3 {
            hashes.append(try await site.store(Self.content(300, seed: seed)))
        }
        let held = try #require(site.originals.hold(hashes[0]))
        #expect(site.originals.hold(hashes[2]) != nil)
        _ = try await site.store(Self.content(300, seed: 3))
        #expect(site.originals.hold(hashes[0]) != nil && site.originals.hold(hashes[1]) == nil)
        // Only what is held may go beyond.
        _ = try await site.store(Self.content(900, seed: 4))
        #expect(site.originals.statistics.byteCount <= 1200)
        withExtendedLifetime(held) {}
        #expect(try await site.bytes(hashes[1]) == Self.content(300, seed: 1))
    }

    @Test(arguments: StoreEngine.all)
    func wrongBytesAreNotGivenAndTheNextUploadMendsThem(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let content = Self.content(1000, seed: 1)
        let hash = ContentHash(SHA256Digest(of: content))
        try await engine.plant(Self.content(1000, seed: 2), as: prefix + hash.hex)
        let site = try Site(engine, prefix: prefix)
        await #expect(throws: OriginalsError.damaged) { _ = try await site.originals.fetch(hash) }
        #expect(site.events.hasDamaged(hash))
        #expect(try site.scratch.files().isEmpty)
        #expect(try await site.store(content) == hash)
        let other = try Site(engine, prefix: prefix)
        #expect(try await other.bytes(hash) == content)
    }

    /// One that is shorter is seen at the upload.
    @Test(arguments: StoreEngine.all)
    func anUploadReplacesWhatHasAnotherSize(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let content = Self.content(1000, seed: 1)
        let hash = ContentHash(SHA256Digest(of: content))
        try await engine.plant(Array(content.prefix(500)), as: prefix + hash.hex)
        _ = try await Site(engine, prefix: prefix).store(content)
        #expect(try await Site(engine, prefix: prefix).bytes(hash) == content)
    }

    @Test(arguments: StoreEngine.all)
    func anOriginalThatHasNoRoomIsNotTaken(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let hash = try await Site(engine, prefix: prefix).store(Self.content(2000, seed: 1))
        let site = try Site(engine, prefix: prefix, byteBudget: 1000)
        await #expect(throws: OriginalsError.failed("larger than originals.localBytes")) {
            _ = try await site.originals.fetch(hash)
        }
    }

    @Test(arguments: StoreEngine.all)
    func aListingGoesOverManyPages(engine: StoreEngine) async throws {
        let prefix = StoreEngine.emptyPrefix()
        let site = try Site(engine, prefix: prefix)
        var stored: Set<ContentHash> = []
        for number in UInt8(0)..<7 { stored.insert(try await site.store([number])) }
        try await engine.plant([1], as: prefix + "something else & more")
        var (listed, name): ([ContentHash], String?) = ([], nil)
        repeat {
            let page = try await site.client.list(after: name, atMost: 3)
            listed += page.objects.map(\.hash)
            name = page.last
        } while name != nil
        #expect(listed.count == 7 && Set(listed) == stored)
    }
}
