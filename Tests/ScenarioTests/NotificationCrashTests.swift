import Foundation
import Testing

/// An edge killed at any moment tells of everything that it acknowledged.
@Suite struct NotificationCrashTests {
    @Test func noEventIsLost() throws {
        // Some attempts are refused, so that kills meet what is waiting, too.
        let receiver = try EventReceiver.webhook(
            answers: "200 if attempt > 1 or int(id[-1], 16) < 12 else 503")
        let data = try DataFolder()
        let settings = [
            "NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting())]",
            "NOTIFICATIONS_RETRY_SECONDS": "0.2,0.2,0.2,0.2,0.2,0.2",
        ]
        var random = SeededGenerator(state: 13)
        var (stored, deleted): (Set<String>, Set<String>) = ([], [])
        for round in 0..<CrashTests.rounds {
            let edge = try Edge(folder: data, settings: settings)
            for number in 0..<Int.random(in: 1...10, using: &random) {
                let hash = try edge.upload(try Photos.small(3_000_000 + round * 100 + number))
                stored.insert(hash)
                if number % 3 == 2 {
                    #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
                    deleted.insert(hash)
                }
            }
            edge.kill()
        }
        let edge = try Edge(folder: data, settings: settings)
        #expect(try edge.reaches("pollex_notifications_pending", 0))
        let attempts = receiver.attempts
        #expect(attempts.allSatisfy { $0.isGenuine })
        for (type, hashes) in [
            ("image.stored", stored), ("image.ready", stored), ("image.deleted", deleted),
        ] {
            let told = attempts.filter { $0.type == type }
            #expect(Set(told.compactMap(\.hash)) == hashes, "\(type)")
            #expect(Set(told.map(\.id)).count == hashes.count, "\(type): one id each")
        }
    }
}
