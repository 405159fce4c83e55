import Foundation
import TestSupport
import Testing

/// A false condition means that nothing is done (RFC 9110 §13), on every route that changes
/// something.
@Suite struct WriteConditionTests {
    private static let json = ["Content-Type: application/json"]
    private static let longAgo = "If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT"

    private func etag(_ edge: Edge, _ hash: String) throws -> String {
        try #require(try edge.ask("/images/\(hash)")["etag"])
    }

    @Test(arguments: [
        ["If-Match: \"stale\""], ["If-Match: W/\"stale\", \"other\""], ["If-None-Match: *"],
        [longAgo],
    ])
    func aFalseConditionKeepsTheImage(condition: [String]) throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        let before = try edge.ask("/images/\(hash)").text
        let files = edge.folder.storedFiles
        for (method, target, fields, body) in [
            ("DELETE", "/images/\(hash)", [], []),
            ("DELETE", "/images/\(hash)?block=1", [], []),
            ("PATCH", "/images/\(hash)", Self.json, Array(#"{"name":"x"}"#.utf8)),
            ("PUT", "/originals/\(hash)", [], photo),
        ] as [(String, String, [String], [UInt8])] {
            try edge.ask(method, target, fields + condition, body: body).expectProblem(412)
        }
        #expect(try edge.ask("/images/\(hash)").text == before)
        #expect(edge.folder.storedFiles == files)
    }

    @Test func aTrueConditionIsNoHindrance() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = contentHash(photo)
        let created = try edge.ask(
            "PUT", "/originals/\(hash)", ["If-None-Match: *"], body: photo)
        #expect(created.status == 201)
        let known = try edge.ask(
            "PUT", "/originals/\(hash)", ["If-Match: \"\(hash)\""], body: photo)
        #expect(known.status == 200)
        let tag = try etag(edge, hash)
        let fields = Self.json + ["If-Match: \"a\", \(tag)", "If-None-Match: \"b\""]
        let patched = try edge.ask(
            "PATCH", "/images/\(hash)", fields, body: Array(#"{"name":"x"}"#.utf8))
        #expect(patched.status == 200 && patched["etag"] != tag)
        try edge.ask("DELETE", "/images/\(hash)", ["If-Match: \(tag)"]).expectProblem(412)
        let deleted = try edge.ask(
            "DELETE", "/images/\(hash)", ["If-Match: \(try #require(patched["etag"]))"])
        #expect(deleted.status == 200)
    }

    @Test func whatIsNotThereMatchesNothing() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = contentHash(photo)
        let put = try edge.ask("PUT", "/originals/\(hash)", ["If-Match: *"], body: photo)
        put.expectProblem(412)
        // What is answered without a condition is answered with one.
        try edge.ask("DELETE", "/images/\(hash)", ["If-Match: *"]).expectProblem(404)
        #expect(edge.folder.storedFiles == [])
        try edge.upload(photo)
        #expect(try edge.ask("DELETE", "/images/\(hash)").status == 200)
        try edge.ask("DELETE", "/images/\(hash)", ["If-Match: *"]).expectProblem(412)
        #expect(
            try edge.ask("PUT", "/originals/\(hash)", ["If-None-Match: *"], body: photo).status
                == 201)
    }

    /// The collection is there, and has no tag.
    @Test(arguments: [
        ("If-None-Match: *", 412), ("If-Match: \"a\"", 412), ("If-Match: *", 201),
        ("If-None-Match: \"a\"", 201),
    ])
    func aPostIsToTheCollection(condition: String, expected: Int) throws {
        let edge = try Edge()
        let raw = try edge.ask("POST", "/images", [condition], body: try Photos.small(1))
        #expect(raw.status == expected)
        let (fields, form) = Edge.form([try Photos.small(2)])
        #expect(
            try edge.ask("POST", "/images", fields + [condition], body: form).status == expected)
    }

    /// Of many who saw the same document, one changes it.
    @Test func ofTwoChangesToOneDocumentOneIsMade() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let fields = Self.json + ["If-Match: \(try etag(edge, hash))"]
        let connections = try (0..<16).map { number in
            let body = Array(#"{"name":"\#(number)"}"#.utf8)
            let connection = try edge.connection()
            let head = Edge.head("PATCH", "/images/\(hash)", fields, bodyCount: body.count)
            try connection.send(Array(head.utf8) + body)
            return connection
        }
        let statuses = try connections.map { try $0.readAnswer(to: "PATCH").status }
        #expect(statuses.filter { $0 == 200 }.count == 1, "\(statuses)")
        #expect(statuses.filter { $0 == 412 }.count == 15, "\(statuses)")
    }

    /// Of many who create where nothing is, one does.
    @Test func ofManyWhoCreateOneDoes() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = contentHash(photo)
        let head = Edge.head(
            "PUT", "/originals/\(hash)", ["If-None-Match: *"], bodyCount: photo.count)
        let connections = try (0..<8).map { _ in
            let connection = try edge.connection()
            try connection.send(Array(head.utf8) + photo)
            return connection
        }
        let statuses = try connections.map { try $0.readAnswer(to: "PUT").status }
        #expect(statuses.sorted() == [201] + Array(repeating: 412, count: 7))
    }

    // MARK: What the document's tag is of

    @Test func lookingAtAPictureChangesNothingOfIt() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let tag = try etag(edge, hash)
        #expect(try edge.ask("/thumbs/50x/\(hash).jpg").status == 200)
        let listed = try edge.waits {
            !((try edge.ask("/images/\(hash)").object["renditions"] as? [Any]) ?? []).isEmpty
        }
        #expect(listed)
        #expect(try etag(edge, hash) == tag)
        let patched = try edge.ask(
            "PATCH", "/images/\(hash)", Self.json + ["If-Match: \(tag)"],
            body: Array(#"{"tags":["a"]}"#.utf8))
        #expect(patched.status == 200)
    }

    /// That the edge has finished its own work spoils nobody's change, and is seen by who asks.
    @Test func whatTheEdgeFindsOutIsSeenAndSpoilsNoChange() throws {
        let scratch = try Scratch()
        let file = scratch.path("pollex.json5")
        try #"{ presets: { t: { size: "40x40", eager: true } } }"#
            .write(toFile: file, atomically: false, encoding: .utf8)
        let edge = try Edge(configuration: file)
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        var seen: [String: String] = [:]
        let isReady = try edge.waits {
            let answer = try edge.ask("/images/\(hash)")
            let status = answer.object["status"] as? String ?? ""
            seen[status] = answer["etag"]
            return status == "ready"
        }
        #expect(isReady && Set(seen.values).count == seen.count, "\(seen)")
        for tag in seen.values {
            let patched = try edge.ask(
                "PATCH", "/images/\(hash)", Self.json + ["If-Match: \(tag)"],
                body: Array("{}".utf8))
            #expect(patched.status == 200, "\(seen)")
        }
    }
}
