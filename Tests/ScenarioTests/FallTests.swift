import Foundation
import TestSupport
import Testing

/// Pictures that make one part of the worker fall, by a worker that falls where it is told to: what
/// each fall condemns.
@Suite struct FallTests {
    private let programs: Scratch
    private let edge: Edge

    init() throws {
        programs = try Edge.programsWithTestWorker()
        edge = try Edge(
            settings: ["SANDBOX_ALLOW_MISSING": "limits,landlock,seccomp"],
            programs: URL(filePath: programs.path))
    }

    private var falls: Double {
        get throws { try edge.total("pollex_decode_rejected_total{reason=\"crash\"}") }
    }

    private func status(of hash: String) throws -> String? {
        try edge.ask("/images/\(hash)").object["status"] as? String
    }

    @Test func inTheDecoderCondemnsAnUpload() throws {
        let bytes = Array("crash".utf8)
        try edge.ask("POST", "/images", body: bytes).expectProblem(422)
        try edge.ask("POST", "/images", body: bytes).expectProblem(422)
        #expect(try falls == 2)  // Once with its master, once without; and then never again.
    }

    @Test func inTheMastersEncoderCostsTheMasterOnly() throws {
        let hash = try edge.upload(Array("crash-in-master-encoder".utf8))
        #expect(try falls == 1)
        #expect(try edge.ask("/thumbs/1x/\(hash).png").status == 200)
    }

    @Test func ofTheMasterIsMadeUpForByTheOriginal() throws {
        let hash = try edge.upload(Array("crash-of-master".utf8))
        #expect(try edge.ask("/thumbs/200x/\(hash).jpg").status == 200)
        #expect(try falls == 1)
        #expect(try status(of: hash) != "failed")
    }

    @Test func inTheEncoderCondemnsThatRequestOnly() throws {
        let hash = try edge.upload(Array("crash-in-encoder".utf8))
        try edge.ask("/thumbs/1x/\(hash).png").expectProblem(422)
        #expect(try falls == 2)
        #expect(try status(of: hash) != "failed")
        // Whoever asks again is told from memory.
        try edge.ask("/thumbs/1x/\(hash).png").expectProblem(422)
        #expect(try falls == 2)
    }

    /// What the decoder takes alone is sound, whatever a recipe makes of it.
    @Test func aRefusedRecipeCondemnsThatRequestOnly() throws {
        let hash = try edge.upload(Array("refused-recipe".utf8))
        for _ in 0..<2 {
            try edge.ask("/thumbs/1x/\(hash).png").expectProblem(422, saying: "of this recipe")
        }
        #expect(try status(of: hash) != "failed" && falls == 0)
    }

    /// In each phase: nothing is remembered of who was killed by others.
    @Test(arguments: ["killed-in-probe", "killed-in-render"])
    func aKillFromOutsideIsNobodysFault(script: String) throws {
        let bytes = Array(script.utf8)
        if script == "killed-in-probe" {
            for _ in 0..<2 { try edge.ask("POST", "/images", body: bytes).expectProblem(503) }
        } else {
            let hash = try edge.upload(bytes)
            for _ in 0..<2 { try edge.ask("/thumbs/1x/\(hash).png").expectProblem(503) }
            #expect(try status(of: hash) != "failed")
        }
        let other = try edge.upload(Array("sound".utf8))
        #expect(try edge.ask("/thumbs/1x/\(other).png").status == 200)
    }

    /// Killed between two outputs of one decoding: each waiter gets one answer, and a good one.
    @Test func aKillWhileHandingOverCostsNoAnswer() throws {
        let hash = try edge.upload(Array("killed-while-handing-over".utf8))
        let clients = try (1...8).map { _ in try edge.connection() }
        for (width, client) in clients.enumerated() {
            try client.send(Edge.head("GET", "/thumbs/\(width + 1)x/\(hash).png?enlarge=1"))
        }
        for client in clients { #expect(try client.readAnswer().status == 200) }
    }

    /// As with a decoder that reads more for a rendition than for an upload's proof.
    @Test func inTheDecoderLaterOnCondemnsTheOriginal() throws {
        let hash = try edge.upload(Array("crash-later".utf8))
        try edge.ask("/thumbs/1x/\(hash).png").expectProblem(422)
        #expect(try falls == 2)
        let document = try edge.ask("/images/\(hash)").object
        #expect(document["status"] as? String == "failed")
        #expect((document["error"] as? String)?.isEmpty == false)
        // From memory.
        try edge.ask("/thumbs/2x/\(hash).png").expectProblem(422)
        #expect(try falls == 2)
    }
}
