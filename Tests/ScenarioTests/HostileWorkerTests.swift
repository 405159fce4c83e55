import Foundation
import TestSupport
import Testing

/// A running edge whose workers are somebody else's: they say whatever a seed has them say, of
/// every picture and every rendition. It answers everybody, always, and makes nothing of it that is
/// no picture.
@Suite struct HostileWorkerTests {
    private let programs: Scratch
    private let edge: Edge
    /// `INTRUDER_ROUNDS=10000` for the long form, other seeds by `SEED`.
    private static let seeds = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["SEED"].flatMap(Int.init) ?? 0
        return first..<first + (environment["INTRUDER_ROUNDS"].flatMap(Int.init) ?? 60)
    }()

    init() throws {
        programs = try Edge.programsWithTestWorker()
        edge = try Edge(
            settings: [
                "SANDBOX_ALLOW_MISSING": "limits,landlock,seccomp", "LIMITS_JOB_SECONDS": "2",
                "LIMITS_INPUT_TYPES": "jpeg,png,webp,gif,avif",
                "PRESETS": "{t:{size:\"20x20\",options:\"fit=cover\",eager:true}}",
            ], programs: URL(filePath: programs.path))
    }

    @Test func whateverAWorkerSaysTheEdgeGoesOn() throws {
        var stored = 0
        for seed in Self.seeds {
            let bytes = Array("intruder \(seed)".utf8)
            let answer = try edge.ask("POST", "/images", body: bytes)
            #expect([201, 415, 422, 503].contains(answer.status), "\(answer)")
            guard answer.status == 201 else { continue }
            stored += 1
            let hash = contentHash(bytes)
            for target in [
                "/thumbs/300x/\(hash).jpg", "/thumbs/8192x1/\(hash).png?fit=contain",
                "/optimized/\(hash).webp", "/thumbs/1x/\(hash).avif?rotate=90",
            ] {
                let made = try edge.ask(target)
                #expect([200, 422, 503].contains(made.status), "\(made)")
                if made.status == 200 { #expect(made.content.count > 20) }
            }
            #expect(try edge.ask("/images/\(hash)").status == 200)
        }
        // Some got in, and what they said is told without harm.
        #expect(stored > 0)
        #expect(try edge.ask("/images?limit=100").status == 200)
        let sound = try edge.upload(Array("sound".utf8))
        #expect(try edge.ask("/thumbs/1x/\(sound).png").status == 200)
        #expect(try edge.becomesReady())
        #expect(edge.stop() == 0)
    }

    /// While one worker answers without end, others get theirs from the other one, and the
    /// deadline ends the first.
    @Test(arguments: ["flood", "flood-of-nothing"])
    func aFloodHoldsNobodyUp(script: String) throws {
        let flood = Array(script.utf8)
        for _ in 0..<3 { try edge.ask("POST", "/images", body: flood).expectProblem(503) }
        let sound = try edge.upload(Array("sound".utf8))
        #expect(try edge.ask("/thumbs/1x/\(sound).png").status == 200)
    }
}
