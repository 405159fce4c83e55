import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Three edges with one index and one bucket, killed at any moment during uploads, deletions and
/// eager work: what was acknowledged is true everywhere, and told.
@Suite(.serialized, .enabled(if: DatabaseEngine.shared != nil, "no PostgreSQL runs"))
struct SharedIndexCrashTests {
    private struct Acknowledged {
        var sent: Set<String> = []
        var stored: Set<String> = []
        var deleted: Set<String> = []
        /// Whose deletion was asked for and not answered.
        var doubtful: Set<String> = []
    }

    @Test(.enabled(if: !StoreEngine.all.isEmpty, "no store runs"))
    func nothingAcknowledgedIsLostWithAnEdge() throws {
        let receiver = try EventReceiver.webhook()
        let site = try SharedIndexSite(edges: 3, originals: StoreEngine.all.last)
        let settings = [
            "NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting())]",
            "PRESETS": "{small: {size: '40x40', eager: true}}",
        ]
        let known = Mutex(Acknowledged())
        var edges = try site.start(settings)
        var random = SeededGenerator(seed: 17)
        for round in 0..<CrashTests.rounds {
            let victim = Int.random(in: 0..<3, using: &random)
            let process = edges[victim].process.processIdentifier
            let delay = DispatchTimeInterval.milliseconds(.random(in: 10...400, using: &random))
            let isOver = Mutex(false)
            DispatchQueue.global().asyncAfter(deadline: .now() + delay) {
                kill(process, SIGKILL)
                isOver.withLock { $0 = true }
            }
            let ports = edges.map(\.port)
            DispatchQueue.concurrentPerform(iterations: 3) { number in
                for place in 0..<1000 where !isOver.withLock({ $0 }) {
                    let photo = 4_000_000 + (round * 3 + number) * 1000 + place
                    Self.upload(photo, to: ports[number], isDeleted: place % 3 == 2, known)
                }
            }
            edges[victim].process.waitUntilExit()
            edges[victim] = try site.start(victim, settings)
        }
        let all = known.withLock { $0 }
        #expect(all.stored.count > CrashTests.rounds)
        let kept = all.stored.subtracting(all.deleted).subtracting(all.doubtful)
        for edge in edges {
            // The eager work of one that fell is done by others.
            #expect(try edge.waits { try edge.total("pollex_eager_pending") == 0 })
            let listed = Set(try edge.allImages().compactMap { $0["hash"] as? String })
            #expect(listed.isSuperset(of: kept) && listed.isSubset(of: all.sent))
            #expect(listed.isDisjoint(with: all.deleted))
            for hash in all.deleted { #expect(try edge.ask("/images/\(hash)").status == 410) }
        }
        for (number, hash) in kept.enumerated() {
            let whole = try edges[number % 3].ask("/originals/\(hash)")
            #expect(whole.status == 200 && contentHash(whole.content) == hash, "\(whole.status)")
        }
        #expect(try edges[0].waits { try edges[0].total("pollex_notifications_pending") == 0 })
        let attempts = receiver.attempts
        for (type, hashes) in [
            ("image.stored", all.stored), ("image.ready", kept), ("image.deleted", all.deleted),
        ] {
            let told = attempts.filter { $0.type == type }
            #expect(Set(told.compactMap(\.hash)).isSuperset(of: hashes), "\(type)")
        }
    }

    private static func upload(
        _ number: Int, to port: UInt16, isDeleted: Bool, _ known: borrowing Mutex<Acknowledged>
    ) {
        guard let photo = try? Photos.small(number) else { return }
        let hash = contentHash(photo)
        known.withLock { _ = $0.sent.insert(hash) }
        func ask(_ method: String, _ target: String, _ body: [UInt8] = []) -> Int? {
            guard let connection = try? Connection(port: port),
                (try? connection.send(Edge.head(method, target, bodyCount: body.count))) != nil,
                (try? connection.send(body)) != nil
            else { return nil }
            return (try? connection.readAnswer(to: method))?.status
        }
        guard ask("POST", "/images", photo) == 201 else { return }
        known.withLock { _ = $0.stored.insert(hash) }
        guard isDeleted else { return }
        let isGone = ask("DELETE", "/images/\(hash)") == 200
        known.withLock { known in
            _ = isGone ? known.deleted.insert(hash) : known.doubtful.insert(hash)
        }
    }
}
