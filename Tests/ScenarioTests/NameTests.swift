import Foundation
import Glibc
import TestSupport
import Testing

/// Names are bytes: é as one code point or as two are two names, and a mark that combines with
/// what stands before it hides no separator.
@Suite struct NameTests {
    private static let composed = "caf\u{e9}"
    private static let decomposed = "cafe\u{301}"

    private func escaped(_ text: String) -> String {
        text.utf8.map { String(format: "%%%02X", $0) }.joined()
    }

    private func tags(_ answer: Answer) -> [[UInt8]] {
        (answer.object["tags"] as? [String] ?? []).map { Array($0.utf8) }
    }

    @Test func tagsAndAttributesAreBytes() throws {
        let edge = try Edge()
        let both = escaped("\(Self.composed),\(Self.decomposed)")
        let image = try edge.ask("POST", "/images?tags=\(both)", body: try Photos.small(1))
        #expect(tags(image) == [Array(Self.composed.utf8), Array(Self.decomposed.utf8)])
        for tag in [Self.composed, Self.decomposed] {
            let found = try edge.ask("/images?tag=\(escaped(tag))").object["images"] as? [Any]
            #expect(found?.count == 1)
        }
        let hash = try #require(image.object["hash"] as? String)
        let patch = "{\"attributes\":{\"\(Self.composed)\":\"1\",\"\(Self.decomposed)\":\"2\"}}"
        let patched = try edge.ask(
            "PATCH", "/images/\(hash)", ["Content-Type: application/json"],
            body: Array(patch.utf8))
        #expect(patched.status == 200 && patched.text.contains("\"\(Self.decomposed)\":\"2\""))
        let split = try edge.ask(
            "POST", "/images?tags=\(escaped("a,\u{301}b"))", body: try Photos.small(2))
        #expect(tags(split) == [Array("a".utf8), Array("\u{301}b".utf8)])
    }

    @Test func blanksAroundATagAreNotOfIt() throws {
        let edge = try Edge()
        let image = try edge.ask(
            "POST", "/images?tags=red,+blue+,+,light+blue,%09", body: try Photos.small(1))
        #expect(image.object["tags"] as? [String] == ["red", "blue", "light blue"])
        let hash = try #require(image.object["hash"] as? String)
        func patch(_ body: String) throws -> Answer {
            try edge.ask(
                "PATCH", "/images/\(hash)", ["Content-Type: application/json"],
                body: Array(body.utf8))
        }
        let patched = try patch(#"{"tags": [" a", "a ", "b"]}"#)
        #expect(patched.object["tags"] as? [String] == ["a", "b"])
        try patch(#"{"tags": [" "]}"#).expectProblem(422)
    }

    @Test func anOwnerOfOtherBytesIsAnotherOne() throws {
        let owners = [Self.composed, Self.decomposed]
        let tokens = owners.enumerated().map { number, owner in
            "{sha256: '\(contentHash(Array("t\(number)".utf8)))', "
                + "scopes: ['upload', 'read', 'delete'], owner: '\(owner)'}"
        }
        let edge = try Edge(settings: [
            "AUTH_TOKENS": "[\(tokens.joined(separator: ", "))]", "AUTH_UPLOADS": "token",
            "AUTH_INDEX": "token",
        ])
        let fields = ["Authorization: Bearer t0", "Authorization: Bearer t1"]
        let photo = try Photos.small(1)
        try #require(try edge.ask("POST", "/images", [fields[0]], body: photo).status == 201)
        let hash = contentHash(photo)
        let list = try edge.ask("GET", "/images", [fields[1]]).object["images"] as? [Any]
        #expect(list?.isEmpty == true)
        try edge.ask("GET", "/images/\(hash)", [fields[1]]).expectProblem(404)
        try edge.ask("DELETE", "/images/\(hash)", [fields[1]]).expectProblem(404)
        #expect(try edge.ask("GET", "/images/\(hash)", [fields[0]]).status == 200)
    }

    @Test func theDropFolderTakesNamesAsTheyAre() throws {
        let folder = try Scratch()
        let names = ["\(Self.composed).jpg", "\(Self.decomposed).jpg", "sub/\u{301}x.jpg"]
        for (number, name) in names.enumerated() {
            try folder.write(try Photos.small(600 + number), to: name)
        }
        try folder.write(try Photos.small(610), to: ".\u{301}dot.jpg")
        let odd = Array(folder.path.utf8) + Array("/caf".utf8) + [0xE9] + Array(".jpg".utf8)
        let descriptor = unsafe open(
            odd.map { CChar(bitPattern: $0) } + [0], O_CREAT | O_WRONLY, 0o600)
        try #require(descriptor >= 0)
        close(descriptor)
        let edge = try Edge(settings: [
            "DROP_DIRECTORY": folder.path, "DROP_SETTLE_SECONDS": "0.2",
        ])
        #expect(edge.waits { (try? edge.total("pollex_images")) == 3 })
        #expect(
            edge.waits {
                folder.storedFiles.filter { $0.utf8.starts(with: "done/".utf8) }.count == 3
            })
        let images = try edge.ask("/images").object["images"] as? [[String: Any]] ?? []
        let kept = Set(images.compactMap { $0["name"] as? String }.map { Array($0.utf8) })
        #expect(kept == Set(["\(names[0])", names[1], "\u{301}x.jpg"].map { Array($0.utf8) }))
        #expect(edge.event("drop-left-alone") != nil)
    }
}
