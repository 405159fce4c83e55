import Foundation
import Glibc
import TestSupport
import Testing

/// A worker that can not be started costs nothing but the worker.
@Suite(
    .serialized, .disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
struct SpawnTests {
    /// What the edge does for each new worker, in turn. A second pipe tells how the start went.
    private static let parts: [(calls: Faults.Calls, error: Int32, skipped: Int32)] = [
        (.socketPair, EMFILE, 0), (.flags, EPERM, 0), (.memory, ENFILE, 0),
        (.truncate, ENOMEM, 0), (.seal, EPERM, 0), (.pipe, EMFILE, 0), (.pipe, ENFILE, 1),
        (.duplicate, EMFILE, 0), (.fork, EAGAIN, 0),
        (.processDescriptor, EMFILE, 0), (.epoll, ENOSPC, 0), (.epoll, ENOMEM, 1),
    ]

    /// More than a child makes: the last ones start it.
    private static let childCalls: Int32 = 18

    @Test func whateverFailsOnTheWayToAWorkerTouchesNoStore() throws {
        let faults = try Faults()
        let edge = try Edge(settings: ["CACHE_BYTES": "4MiB", "WORKERS": "1"], faults: faults)
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        let hit = "/thumbs/30x/\(hash).jpg"
        #expect(try edge.waits { try edge.ask(hit).isHit })
        var width = 40
        /// Workers work again; what they made is in the cache.
        func recovers() throws -> Bool {
            try edge.waits(seconds: 120) {
                width += 1
                let miss = "/thumbs/\(width)x/\(hash).jpg"
                guard try edge.ask(miss).status == 200 else { return false }
                return try edge.waits(seconds: 120) { try edge.ask(miss).isHit }
            }
        }
        /// Kills all workers; whether the next is said not to start.
        ///
        /// - Parameter isThere: it may also be there, which one that fails later is for a moment.
        func startsFail(_ what: String, or isThere: Bool = false) throws -> Bool {
            let stored = try Self.contents(of: edge.folder)
            let (failures, old) = (Self.startFailures(of: edge), Set(edge.workers))
            edge.signalWorkers(SIGKILL)
            _ = edge.waits(seconds: 120) {
                Self.startFailures(of: edge) > failures
                    || isThere && edge.workers.contains { !old.contains($0) }
            }
            let now = try Self.contents(of: edge.folder)
            #expect(now.keys == stored.keys, "\(what)")
            for (name, bytes) in stored { #expect(now[name] == bytes, "\(what): \(name)") }
            let hasFailed = Self.startFailures(of: edge) > failures
            try faults.heal()
            #expect(try edge.ask(hit).isHit)
            #expect(try recovers(), "\(what)")
            return hasFailed
        }
        #expect(try recovers())
        for (calls, error, skipped) in Self.parts {
            try faults.fail(calls, with: error, after: skipped)
            #expect(try startsFail("\(calls) \(skipped)"), "\(calls) \(skipped)")
        }
        var failed: [Int32] = []
        for number in 1...Self.childCalls {
            try faults.failInChild(number)
            if try startsFail("call \(number) of a child", or: true) { failed.append(number) }
        }
        // All but the one that asks for another priority, and those that there are not.
        #expect(failed == Array(1...13) + [15])
        #expect(edge.stop() == 0)
        let again = try Edge(folder: edge.folder)
        #expect(try again.ask("/originals/\(hash)").content == photo)
        #expect(try again.ask("/images/\(hash)").status == 200)
    }

    /// Those of workers that were killed while they started are not meant.
    private static func startFailures(of edge: Edge) -> Int {
        edge.events("worker-failed-to-start").count { event in
            (event["reason"] as? String)?.hasPrefix("the worker ended") == false
        }
    }

    /// Every file of the data by its name, but those of the caches. Of the index's locks, which
    /// readers write to, the part that never changes.
    private static func contents(of folder: Scratch) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
            guard let name = name as? String else { continue }
            guard let bytes = FileManager.default.contents(atPath: "\(folder.path)/\(name)")
            else { continue }
            // What is no loss is written after the answer.
            if name.hasPrefix("cache/") || name.hasPrefix("masters/") { continue }
            contents[name] = name.hasSuffix("lock.mdb") ? bytes.prefix(16) : bytes
        }
        return contents
    }
}
