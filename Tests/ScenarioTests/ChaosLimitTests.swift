import Foundation
import Glibc
import TestSupport
import Testing

/// Memory, processor time and disk that run out, and walls that are not there.
@Suite(.serialized) struct ChaosLimitTests {
    @Test(.disabled(if: Edge.isSanitized, "its memory is not that of the product"))
    func aPictureBeyondTheMemoryOfAWorkerCostsOneAnswer() throws {
        let edge = try Edge(settings: [
            "LIMITS_WORKER_MEMORY_BYTES": "256MiB", "LIMITS_INPUT_PIXELS_PER_BYTE": "1000000",
        ])
        let good = try edge.upload(try Photos.small(4))
        let bytes = try Photos.pillow("webp", size: (6000, 6000))
        let upload = try edge.ask("POST", "/images", [], body: bytes)
        if upload.status == 201 {
            let hash = contentHash(bytes)
            try edge.ask("/thumbs/3000x/\(hash).png").expectProblem(422)
        } else {
            upload.expectProblem(422)
        }
        #expect(try edge.ask("/thumbs/30x/\(good).jpg").status == 200)
        #expect(try edge.ask("GET", "/readyz", admin: true).status == 200)
    }

    @Test func aJobBeyondItsProcessorTimeCostsOneAnswer() throws {
        let edge = try Edge(settings: ["LIMITS_JOB_PROCESSOR_SECONDS": "1"])
        let bytes = try Photos.pillow("jpeg", size: (6000, 6000))
        let hash = try edge.upload(bytes)
        try edge.ask("/optimized/\(hash).webp?blur=100").expectProblem(422)
        #expect(try edge.total("pollex_worker_crashes_total{signal=\"SIGXCPU\"}") == 1)
        // It was that size that was too much, not the picture.
        #expect(try edge.ask("/thumbs/30x/\(hash).jpg").status == 200)
    }

    @Test(.enabled(if: SmallDisk.isPossible, "a small file system can not be mounted here"))
    func aFullDiskRefusesUploadsAndServesOn() throws {
        let disk = try SmallDisk(megabytes: 24)
        let edge = try Edge(folder: disk.folder, settings: ["CACHE_BYTES": "4MiB"])
        let kept = try edge.upload(try Photos.small(5))
        let target = "/thumbs/40x/\(kept).jpg"
        #expect(try edge.ask(target).status == 200)
        let large = try Photos.pillow("png", size: (2000, 1500))
        var stored: [String] = []
        var refused: Answer?
        for number in 0..<40 where refused == nil {
            // What comes after the end of a PNG is no part of the picture.
            let bytes = large + Array("\(number)".utf8) + [UInt8](repeating: 0, count: 1 << 20)
            let answer = try edge.ask("POST", "/images", [], body: bytes)
            if answer.status == 201 { stored.append(contentHash(bytes)) } else { refused = answer }
        }
        try #require(refused).expectProblem(507)
        // A form is told for each of its files; what was spooled of it goes.
        let spooled = edge.folder.storedFiles
        let form = Edge.form([1, 2].map { large + [UInt8](repeating: $0, count: 2 << 20) })
        let several = try edge.ask("POST", "/images", form.fields, body: form.body)
        several.expectProblem(507)
        let list = several.object["images"] as? [[String: Any]] ?? []
        #expect(list.map { $0["status"] as? Int } == [507, 507], "\(several)")
        #expect(edge.waits { edge.folder.storedFiles == spooled })
        #expect(try edge.ask(target).isHit)
        for hash in stored { #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200) }
        // Room again: nobody has to help.
        for hash in stored { _ = try edge.ask("DELETE", "/images/\(hash)") }
        #expect(try edge.ask("POST", "/images", [], body: large).status == 201)
        #expect(edge.stop() == 0)
    }

    /// To the last page: a map of a file without its blocks can then not be written to.
    @Test(
        .enabled(if: SmallDisk.isPossible, "a small file system can not be mounted here"),
        arguments: 0..<8)
    func aNewFolderOnAFullDiskIsAReason(pagesLeft: Int) throws {
        let disk = try SmallDisk(megabytes: 1)
        // A page for the directory of the index, and so on.
        let room = 256 - pagesLeft
        let filler = URL(fileURLWithPath: "\(disk.folder.path)/filler")
        try Data(count: room * 4096).write(to: filler)
        let failure = try #require(throws: Edge.DidNotStart.self) {
            _ = try Edge(folder: disk.folder, settings: ["CACHE_BYTES": "4MiB"])
        }
        #expect(failure.output.contains("pollex: \(disk.folder.path)"), "\(failure.output)")
        #expect(failure.output.contains(/no room|No space left/), "\(failure.output)")
    }

    @Test(.disabled(if: Edge.isSanitized, "its edges may start without that wall"))
    func withoutAWallTheEdgeDoesNotStart() throws {
        // Less than what a worker has mapped before its first job: that wall can not hold.
        let settings = ["LIMITS_WORKER_MEMORY_BYTES": "64MiB"]
        let failure = try #require(throws: Edge.DidNotStart.self) {
            _ = try Edge(settings: settings)
        }
        #expect(failure.output.contains("sandbox.allowMissing"), "\(failure.output)")
        let edge = try Edge(
            settings: settings.merging(["SANDBOX_ALLOW_MISSING": "limits"]) { first, _ in first })
        let readiness = try edge.ask("GET", "/readyz", admin: true)
        #expect(readiness.status == 200 && readiness.text.contains("walls: landlock seccomp\n"))
        let hash = try edge.upload(try Photos.small(6))
        #expect(try edge.ask("/thumbs/30x/\(hash).jpg").status == 200)
    }
}
