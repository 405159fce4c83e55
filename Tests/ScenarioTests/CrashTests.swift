import Foundation
import Synchronization
import TestSupport
import Testing

/// An edge killed at any moment comes back with every acknowledged upload whole, and no half one.
@Suite struct CrashTests {
    /// `CRASH_ROUNDS=50` for the long form.
    static let rounds =
        ProcessInfo.processInfo.environment["CRASH_ROUNDS"]
        .flatMap { Int($0) } ?? 4

    @Test func acknowledgedUploadsSurviveKills() throws {
        let folder = try Scratch()
        var random = SeededGenerator(seed: 7)
        var acknowledged: [String: [UInt8]] = [:]
        for round in 0..<Self.rounds {
            let edge = try Edge(folder: folder)
            try verify(acknowledged, sample: 20, on: edge)
            let target = Int.random(in: 1...12, using: &random)
            let kept = uploadUntilKilled(edge, round: round, killAfter: target)
            acknowledged.merge(kept) { first, _ in first }
        }
        let edge = try Edge(folder: folder)
        try verify(acknowledged, sample: acknowledged.count, on: edge)
        try expectOnlyWholeImages(on: edge)
        #expect(acknowledged.count >= Self.rounds)
    }

    /// Uploads – raw, under the hash, in forms – and reads from several threads; the edge is killed
    /// after some acknowledgements, in the middle of the others.
    ///
    /// - Parameter refusals: how many of those each thread puts up with, one after the other.
    func uploadUntilKilled(
        _ edge: Edge, round: Int, killAfter target: Int, refusals: Int = 0
    ) -> [String: [UInt8]] {
        let kept = Mutex<[String: [UInt8]]>([:])
        let (port, process) = (edge.port, edge.process.processIdentifier)
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var refused = 0
            for number in 0..<1000 where refused <= refusals {
                let first = round * 100_000 + thread * 10_000 + 2 * number
                // Every other thread sends two in a form.
                let isForm = thread % 2 == 1
                guard let photos = try? (0..<(isForm ? 2 : 1)).map({ try Photos.small(first + $0) })
                else { return }
                let (fields, body) = isForm ? Edge.form(photos) : ([], photos[0])
                let hash = contentHash(photos[0])
                let (method, path) =
                    thread == 2 ? ("PUT", "/originals/\(hash)") : ("POST", "/images")
                guard let connection = try? Connection(port: port),
                    (try? connection.send(
                        Edge.head(method, path, fields, bodyCount: body.count))) != nil,
                    (try? connection.send(body)) != nil,
                    let answer = try? connection.readAnswer()
                else { return }
                guard [200, 201].contains(answer.status) else {
                    refused += 1
                    continue
                }
                // Of a form that is answered 201 one may have been refused; it has no document.
                let taken = photos.filter {
                    answer.text.contains("\"hash\":\"\(contentHash($0))\"")
                }
                let count = kept.withLock { uploads in
                    for photo in taken { uploads[contentHash(photo)] = photo }
                    return uploads.count
                }
                if count >= target, count - taken.count < target { _ = kill(process, SIGKILL) }
                guard (try? connection.send(Edge.head("GET", "/thumbs/40x/\(hash).jpg"))) != nil,
                    (try? connection.readAnswer()) != nil
                else { return }
            }
        }
        _ = kill(process, SIGKILL)
        edge.process.waitUntilExit()
        return kept.withLock { $0 }
    }

    func verify(_ uploads: [String: [UInt8]], sample: Int, on edge: Edge) throws {
        let connection = try edge.connection()
        for (hash, photo) in uploads.prefix(sample) {
            try connection.send(Edge.head("GET", "/originals/\(hash)"))
            let answer = try connection.readAnswer()
            #expect(answer.status == 200 && answer.content == photo, "\(hash): \(answer.status)")
            try connection.send(Edge.head("GET", "/images/\(hash)"))
            #expect(try connection.readAnswer().status == 200)
            // Workers may still be put off by what was.
            #expect(try edge.waits { try edge.ask("/thumbs/40x/\(hash).jpg").status == 200 })
        }
    }

    /// Whatever the index lists has its bytes, acknowledged or not.
    func expectOnlyWholeImages(on edge: Edge) throws {
        for image in try edge.allImages() {
            let hash = try #require(image["hash"] as? String)
            #expect(contentHash(try edge.ask("/originals/\(hash)").content) == hash)
        }
    }
}
