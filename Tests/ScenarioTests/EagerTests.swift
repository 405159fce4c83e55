import Foundation
import TestSupport
import Testing

/// What is made at upload is there when it is asked for.
@Suite struct EagerTests {
    private static let presets = """
        {thumb: {size: '60x60', options: 'fit=cover', eager: true},
         web: {size: '200x', eager: true}, lazy: {size: '90x'},
         whole: {options: 'quality=60', eager: true}}
        """
    private static let settings = ["PRESETS": presets]

    private func status(of hash: String, on edge: Edge) throws -> String? {
        try edge.ask("/images/\(hash)").object["status"] as? String
    }

    private func becomes(_ wanted: String, _ hash: String, on edge: Edge) throws -> Bool {
        try edge.waits { try status(of: hash, on: edge) == wanted }
    }

    @Test func eagerPresetsAreHitsInEveryFormat() throws {
        let edge = try Edge(settings: Self.settings)
        let photo = try Photos.small(700)
        let answer = try edge.ask("POST", "/images", body: photo)
        #expect(answer.status == 201 && answer.object["status"] as? String == "stored")
        let hash = contentHash(photo)
        #expect(try becomes("ready", hash, on: edge))
        let decodes = try edge.decodes()
        for accept in ["image/avif,*/*", "image/webp,*/*", "image/jpeg"] {
            for target in [
                "/thumbs/60x60/\(hash)?preset=thumb", "/thumbs/60x60/\(hash)?fit=cover",
                "/thumbs/200x/\(hash)?preset=web", "/optimized/\(hash)?preset=whole",
            ] {
                let thumb = try edge.ask("GET", target, ["Accept: \(accept)"])
                #expect(thumb.status == 200 && thumb.isHit, "\(accept) \(target): \(thumb)")
            }
        }
        #expect(try edge.decodes() == decodes)
        #expect(try !edge.ask("/thumbs/90x/\(hash)?preset=lazy").isHit)
        let metrics = try edge.metrics()
        #expect(metrics["pollex_eager_pending"] == 0)
        #expect(metrics["pollex_eager_images_total{result=\"ready\"}"] == 1)
        #expect(metrics["pollex_eager_images_total{result=\"retried\"}"] == 0)
        #expect(edge.stop() == 0)
    }

    @Test func tellsOfBothStepsAndOfADeletionInBetween() throws {
        let receiver = try EventReceiver.webhook()
        let edge = try Edge(
            settings: Self.settings.merging(
                ["NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting())]"]) { $1 })
        let hashes = try (0..<6).map { try edge.upload(try Photos.small(710 + $0)) }
        #expect(try edge.ask("DELETE", "/images/\(hashes[5])").status == 200)
        for hash in hashes.prefix(5) {
            #expect(try becomes("ready", hash, on: edge))
            #expect(receiver.attempt { $0.hash == hash && $0.type == "image.ready" } != nil)
            let types = receiver.attempts.filter { $0.hash == hash }.map(\.type)
            #expect(types == ["image.stored", "image.ready"])
        }
        #expect(try edge.reaches("pollex_eager_pending", 0))
        #expect(try edge.ask("/images/\(hashes[5])").status == 410)
    }

    @Test func whatCanNotBeMadeFailsTheImageAndSaysWhich() throws {
        // The upload is within the bounds, what the preset makes of it is not.
        let edge = try Edge(
            settings: [
                "PRESETS": "{huge: {size: '4000x4000', options: 'enlarge=1', eager: true}}",
                "LIMITS_OUTPUT_PIXELS": "1MP", "LIMITS_JOB_PROCESSOR_SECONDS": "1",
                "DELIVERY_FORMATS": "",
            ])
        let photo = try Photos.small(720)
        let hash = try edge.upload(photo)
        #expect(try becomes("failed", hash, on: edge))
        let error = try edge.ask("/images/\(hash)").object["error"] as? String
        #expect(error?.hasPrefix("preset huge: ") == true, "\(error ?? "no error")")
        #expect(try edge.ask("/thumbs/40x/\(hash)").status == 200, "the picture is good")
    }

    /// Killed at any moment, it makes the rest after the next start.
    @Test func nothingThatIsToBeMadeIsForgotten() throws {
        let data = try Scratch()
        let receiver = try EventReceiver.webhook()
        let settings = Self.settings.merging(
            ["NOTIFICATIONS_WEBHOOKS": "[\(receiver.setting())]"]) { $1 }
        var random = SeededGenerator(seed: 17)
        var hashes: Set<String> = []
        for round in 0..<CrashTests.rounds {
            let edge = try Edge(folder: data, settings: settings)
            for number in 0..<Int.random(in: 1...8, using: &random) {
                hashes.insert(try edge.upload(try Photos.small(4_000_000 + round * 100 + number)))
            }
            edge.kill()
        }
        let edge = try Edge(folder: data, settings: settings)
        #expect(try edge.waits(seconds: 120) { try edge.total("pollex_eager_pending") == 0 })
        #expect(try edge.reaches("pollex_notifications_pending", 0))
        for hash in hashes {
            #expect(try status(of: hash, on: edge) == "ready")
            #expect(try edge.ask("/thumbs/60x60/\(hash)?preset=thumb").isHit)
        }
        let told = receiver.attempts.filter { $0.type == "image.ready" }
        #expect(Set(told.compactMap(\.hash)) == hashes && Set(told.map(\.id)).count == hashes.count)
    }
}
