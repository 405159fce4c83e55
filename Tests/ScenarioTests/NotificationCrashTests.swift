import Foundation
import TestSupport
import Testing

/// An edge killed at any moment tells of everything that it acknowledged.
@Suite struct NotificationCrashTests {
    @Test func noEventIsLost() throws {
        // Some attempts are refused, so that kills meet what is waiting, too.
        let receiver = try EventReceiver.webhook(
            answers: "200 if attempt > 1 or int(id[-1], 16) < 12 else 503")
        let data = try Scratch()
        let settings = [
            "NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting())]",
            "NOTIFICATIONS_RETRY_SECONDS": "0.2,0.2,0.2,0.2,0.2,0.2",
        ]
        var random = SeededGenerator(seed: 13)
        var (sent, stored, deleted): (Set<String>, Set<String>, Set<String>) = ([], [], [])
        for round in 0..<CrashTests.rounds {
            let edge = try Edge(folder: data, settings: settings)
            let process = edge.process.processIdentifier
            let delay = DispatchTimeInterval.milliseconds(.random(in: 10...400, using: &random))
            DispatchQueue.global().asyncAfter(deadline: .now() + delay) { kill(process, SIGKILL) }
            for number in 0..<1000 {
                let photo = try Photos.small(3_000_000 + round * 1000 + number)
                let hash = contentHash(photo)
                sent.insert(hash)
                guard (try? edge.ask("POST", "/images", body: photo))?.status == 201 else { break }
                stored.insert(hash)
                guard number % 3 == 2 else { continue }
                guard (try? edge.ask("DELETE", "/images/\(hash)"))?.status == 200 else { break }
                deleted.insert(hash)
            }
            edge.process.waitUntilExit()
        }
        let edge = try Edge(folder: data, settings: settings)
        let pending = "pollex_notifications_pending"
        #expect(try edge.waits(seconds: 120) { try edge.total(pending) == 0 })
        let attempts = receiver.attempts
        #expect(attempts.allSatisfy { $0.isGenuine })
        for (type, hashes) in [
            ("image.stored", stored), ("image.ready", stored), ("image.deleted", deleted),
        ] {
            let told = attempts.filter { $0.type == type }
            let about = Set(told.compactMap(\.hash))
            // What was under way when it was killed may have become true, or not.
            #expect(about.isSuperset(of: hashes) && about.isSubset(of: sent), "\(type)")
            #expect(Set(told.map(\.id)).count == about.count, "\(type): one id each")
        }
        #expect(!stored.isEmpty)
    }
}
