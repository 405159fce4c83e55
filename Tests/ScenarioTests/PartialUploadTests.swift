import Digest
import Foundation
import TestSupport
import Testing

/// Uploads that come in pieces, by tus 1.0.
@Suite struct PartialUploadTests {
    private static let checker = Photos.root.appending(path: "loadtest/tus/check").path
    private static let isInstalled = FileManager.default.fileExists(
        atPath: Photos.root.appending(path: ".build/tus-venv/installed").path)
    static let tus = ["Tus-Resumable: 1.0.0"]
    static let bearer = ["Authorization: Bearer all"]

    func begin(
        _ edge: Edge, _ byteCount: Int, _ fields: [String] = [], at target: String = "/images"
    ) throws -> Answer {
        try edge.ask(
            "POST", target, Self.tus + fields + ["Upload-Length: \(byteCount)"])
    }

    func begun(
        _ edge: Edge, _ byteCount: Int, _ fields: [String] = [], at target: String = "/images"
    ) throws -> String {
        let answer = try begin(edge, byteCount, fields, at: target)
        try #require(answer.status == 201, "\(answer)")
        #expect(answer["tus-resumable"] == "1.0.0" && answer["upload-expires"] != nil)
        return try #require(answer["location"])
    }

    func piece(_ offset: Int) -> [String] {
        Self.tus + ["Content-Type: application/offset+octet-stream", "Upload-Offset: \(offset)"]
    }

    func send(
        _ edge: Edge, _ url: String, _ bytes: some Collection<UInt8>, at offset: Int,
        _ fields: [String] = []
    ) throws -> Answer {
        try edge.ask("PATCH", url, piece(offset) + fields, body: Array(bytes))
    }

    func offset(_ edge: Edge, _ url: String, _ fields: [String] = []) throws -> Int? {
        let answer = try edge.ask("HEAD", url, Self.tus + fields)
        return answer.status == 200 ? answer["upload-offset"].flatMap { Int($0) } : nil
    }

    func id(_ url: String) throws -> String {
        String(try #require(url.split(separator: "?").first).suffix(32))
    }

    /// Where what has come of it lies.
    func file(_ edge: Edge, _ url: String) throws -> String {
        "\(edge.folder.path)/originals/partial/\(try id(url))"
    }

    /// Bytes of it that are there. To ask the edge takes the turn from who sends.
    func size(_ edge: Edge, _ url: String) -> Int? {
        guard let file = try? file(edge, url) else { return nil }
        let attributes = try? FileManager.default.attributesOfItem(atPath: file)
        return (attributes?[.size] as? NSNumber)?.intValue
    }

    /// Those of which something is kept.
    func left(_ edge: Edge) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: edge.folder.path + "/originals/partial")
    }

    @Test func anUploadGoesOnWhereItWasCut() throws {
        let edge = try UploadLinkTests.start()
        let picture = try Photos.one()
        let name = Data("a b.jpg".utf8).base64EncodedString()
        let metadata = "filename \(name),relativePath bnVsbA==,empty"
        let url = try begun(
            edge, picture.count, Self.bearer + ["Upload-Metadata: \(metadata)"],
            at: "/images?tags=x")
        #expect(try offset(edge, url, Self.bearer) == 0)
        let half = picture.count / 2
        let connection = try edge.connection()
        try connection.send(
            Edge.head("PATCH", url, piece(0) + Self.bearer, bodyCount: picture.count))
        try connection.send(Array(picture[..<half]))
        #expect(edge.waits { size(edge, url) == half })
        let shown = try edge.ask("HEAD", url, Self.tus + Self.bearer)
        #expect(shown["upload-offset"] == "\(half)" && shown["upload-metadata"] == metadata)
        // The edge still waits for the rest on the first connection, which has lost its turn.
        try connection.send(Array(picture[half..<half + 1]))
        #expect(try connection.readAnswer(to: "PATCH").status == 423)
        let next = try send(edge, url, picture[half..<half + 10], at: half, Self.bearer)
        #expect(next.status == 204 && next["upload-offset"] == "\(half + 10)", "\(next)")
        try send(edge, url, picture[half...], at: half, Self.bearer).expectProblem(409)
        let last = try send(edge, url, picture[(half + 10)...], at: half + 10, Self.bearer)
        #expect(last.status == 204 && last["upload-offset"] == "\(picture.count)", "\(last)")
        let place = "/images/\(contentHash(picture))"
        #expect(last["content-location"] == place)
        let document = try edge.ask("GET", place, Self.bearer).object
        #expect(document["name"] as? String == "a b.jpg" && document["tags"] as? [String] == ["x"])
        // Whoever did not hear of its end asks.
        let asked = try edge.ask("HEAD", url, Self.tus + Self.bearer)
        #expect(asked["upload-offset"] == "\(picture.count)" && asked["content-location"] == place)
        try send(edge, url, [0], at: picture.count, Self.bearer).expectProblem(409)
        #expect(try edge.ask("GET", "/originals/\(contentHash(picture))").content == picture)
    }

    @Test func whatHasComeOutlivesTheEdge() throws {
        let edge = try Edge()
        let picture = try Photos.one()
        let bytes = SHA256Digest(of: picture).bytes
        let digest = Data(bytes.indices.map { bytes[$0] }).base64EncodedString()
        let url = try begun(
            edge, picture.count, ["Repr-Digest: sha-256=:\(digest):"])
        #expect(try send(edge, url, picture[..<1000], at: 0).status == 204)
        let other = try begun(edge, 3)
        edge.kill()
        try FileManager.default.removeItem(
            atPath: edge.folder.path + "/originals/partial/\(other.suffix(32)).json")
        let next = try Edge(folder: edge.folder)
        #expect(try offset(next, url) == 1000)
        #expect(try offset(next, other) == nil)
        #expect(try left(next).count == 2)
        #expect(try send(next, url, picture[1000...], at: 1000).status == 204)
        next.kill()
        let last = try Edge(folder: edge.folder)
        #expect(try offset(last, url) == picture.count)
        #expect(try last.ask("DELETE", "/images/\(contentHash(picture))").status == 200)
        #expect(try offset(last, url) == nil)
        #expect(try left(last).isEmpty)
    }

    @Test func aLinkIsEnoughAndItsBoundsHold() throws {
        let edge = try UploadLinkTests.start()
        let fields = ["Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site"]
        func link(_ body: String) throws -> String {
            let made = try edge.ask("POST", "/uploads", Self.bearer, body: Array(body.utf8))
            return try #require(made.object["url"] as? String)
        }
        let types = #""types": ["image/jpeg"]"#
        let target = try link(
            #"{"expires": 600, "bytes": 100000, "count": 1, "owner": "bob", \#(types)}"#)
        let pictures = try (1...2).map { try Photos.small($0) }
        let urls = try pictures.map { try begun(edge, $0.count, fields, at: target) }
        let preflight = try edge.ask(
            "OPTIONS", urls[0], fields + ["Access-Control-Request-Method: PATCH"])
        #expect(preflight["access-control-allow-methods"]?.contains("PATCH") == true)
        #expect(preflight["access-control-allow-origin"] == "*")
        #expect(preflight["tus-version"] == "1.0.0")
        try begin(edge, 100_001, fields, at: target).expectProblem(413)
        let first = try send(edge, urls[0], pictures[0], at: 0, fields)
        #expect(first.status == 204 && first["access-control-allow-origin"] == "*", "\(first)")
        let document = try edge.ask(
            "GET", "/images/\(contentHash(pictures[0]))", Self.bearer
        ).object
        #expect(document["owner"] as? String == "bob")
        #expect((document["attributes"] as? [String: String])?["uploadLink"] != nil)
        // Begun before the first was kept, and one too many.
        try send(edge, urls[1], pictures[1], at: 0, fields).expectProblem(410)
        #expect(try offset(edge, urls[1]) == nil)
        let bare = try #require(urls[0].split(separator: "?").first.map(String.init))
        for wrong in [bare, bare + "?signature=0", bare + "?x=1"] {
            #expect(try edge.ask("HEAD", wrong, Self.tus + Self.bearer).status >= 400)
        }
        let png = try Photos.pillow("PNG", size: (20, 20))
        let other = try begun(
            edge, png.count, at: try link(#"{"expires": 600, \#(types)}"#))
        try send(edge, other, png, at: 0).expectProblem(415, saying: "image/jpeg")
    }

    @Test func anotherOwnersTokenDoesNotReachIt() throws {
        let edge = try UploadLinkTests.start()
        try begin(edge, 10).expectProblem(401)
        let url = try begun(edge, 10, Self.bearer)
        let ada = ["Authorization: Bearer ada"]
        #expect(try offset(edge, url) == nil && offset(edge, url, ada) == nil)
        #expect(try edge.ask("DELETE", url, Self.tus + ada).status == 404)
        let own = try begun(edge, 10, ada)
        #expect(try offset(edge, own, ada) == 0)
        #expect(try edge.ask("DELETE", own, Self.tus + ada).status == 204)
        #expect(try offset(edge, own, ada) == nil)
    }

    @Test func whatCanNotBecomeAPictureIsRefused() throws {
        let edge = try Edge(settings: ["LIMITS_UPLOAD_BYTES": "1000000"])
        try begin(edge, 0).expectProblem(415)
        try begin(edge, 1_000_001).expectProblem(413)
        try edge.ask("POST", "/images", Self.tus).expectProblem(400, saying: "upload-length")
        try begin(edge, 5, ["Upload-Metadata: name %%%"]).expectProblem(400)
        let older = ["Tus-Resumable: 0.2.2", "Upload-Length: 5"]
        let refused = try edge.ask("POST", "/images", older)
        refused.expectProblem(412)
        #expect(refused["tus-version"] == "1.0.0")
        let words = Array("no picture".utf8)
        let url = try begun(edge, words.count)
        let unversioned = try edge.ask("PATCH", url, body: words)
        unversioned.expectProblem(412)
        #expect(unversioned["tus-resumable"] == "1.0.0")
        try edge.ask("PATCH", url, Self.tus + ["Upload-Offset: 0"], body: words).expectProblem(415)
        try edge.ask(
            "PATCH", url, Self.tus + ["Content-Type: application/offset+octet-stream"], body: words
        ).expectProblem(400)
        try send(edge, url, words + words, at: 0).expectProblem(413)
        #expect(try offset(edge, url) == 0)
        #expect(try send(edge, url, words.prefix(4), at: 0).status == 204)
        try send(edge, url, words, at: 0).expectProblem(409)
        try send(edge, url, words.dropFirst(4), at: 4).expectProblem(415)
        #expect(try offset(edge, url) == nil)
        #expect(try left(edge).isEmpty)
        try edge.ask("PUT", url, body: words).expectProblem(404)
    }

    @Test func thereAreBoundsOnWhatIsKept() throws {
        let edge = try UploadLinkTests.start([
            "LIMITS_PARTIAL_UPLOADS": "8", "LIMITS_PARTIAL_UPLOAD_BYTES": "1000",
            "LIMITS_PARTIAL_UPLOAD_SECONDS": "6000",
        ])
        // A quarter of eight.
        let urls = try (0..<2).map { _ in try begun(edge, 10, Self.bearer) }
        let full = try begin(edge, 10, Self.bearer)
        full.expectProblem(429)
        #expect(full["retry-after"] != nil)
        #expect(try edge.ask("DELETE", urls[0], Self.tus + Self.bearer).status == 204)
        try begin(edge, 300, Self.bearer).expectProblem(429)
        _ = try begun(edge, 240, Self.bearer)
        // A link is a client of its own, which may have one that is larger than a quarter.
        func link() throws -> String {
            let made = try edge.ask(
                "POST", "/uploads", Self.bearer, body: Array(#"{"expires": 600}"#.utf8))
            return try #require(made.object["url"] as? String)
        }
        _ = try begun(edge, 700, at: try link())
        try begin(edge, 100, at: try link()).expectProblem(503)
        // They stay bounds when the edge has gone.
        edge.kill()
        let next = try UploadLinkTests.start(
            ["LIMITS_PARTIAL_UPLOADS": "8", "LIMITS_PARTIAL_UPLOAD_BYTES": "1000"], edge.folder)
        try begin(next, 1, Self.bearer).expectProblem(429)
    }

    @Test func whatHasEndedIsGone() throws {
        let edge = try Edge(settings: ["LIMITS_PARTIAL_UPLOAD_SECONDS": "2"])
        let url = try begun(edge, 10)
        // Nobody asks for it.
        #expect(try edge.waits { try left(edge).isEmpty })
        #expect(try offset(edge, url) == nil)
    }

    @Test func aFullDiskAndAFailingOneAreSaidSo() throws {
        let edge = try Edge(
            settings: ["CACHE_BYTES": "1MiB", "CACHE_MASTER_BYTES": "0"],
            launcher: "ulimit -f 16384")
        let byteCount = 20 << 20
        let url = try begun(edge, byteCount)
        let bytes = [UInt8](repeating: 1, count: byteCount)
        try send(edge, url, bytes[..<(17 << 20)], at: 0).expectProblem(507)
        let next = try #require(try offset(edge, url))
        #expect(next <= 16384 * 1024 && next > 0)
        try send(edge, url, bytes[next...], at: next).expectProblem(507)
    }

    /// What fails by no fault of the picture is not its end: the last byte is asked for again.
    @Test func whatFailsInPassingGoesOn() throws {
        let faults = try Faults()
        let edge = try Edge(faults: faults)
        let picture = try Photos.small(1)
        let url = try begun(edge, picture.count)
        try faults.failFlushes(of: "originals")
        try send(edge, url, picture, at: 0).expectProblem(503)
        #expect(try offset(edge, url) == picture.count - 1)
        try faults.heal()
        let last = try send(edge, url, picture.suffix(1), at: picture.count - 1)
        #expect(last.status == 204, "\(last)")
        #expect(try edge.ask("GET", "/originals/\(contentHash(picture))").content == picture)
    }

    @Test func bytesCountInTheQuotas() throws {
        let edge = try Edge(settings: ["QUOTAS_ADDRESS_BYTES_PER_DAY": "1000"])
        try begin(edge, 1001).expectProblem(429)
        let url = try begun(edge, 900)
        #expect(try send(edge, url, [UInt8](repeating: 0, count: 600), at: 0).status == 204)
        let other = try begun(edge, 300)
        try send(edge, other, [UInt8](repeating: 0, count: 500), at: 0).expectProblem(429)
    }

    /// 100 MB by a client of others, cut three times; and the edge killed.
    @Test(.enabled(if: isInstalled, "loadtest/tus/check installs what this needs"))
    func aClientOfOthersGoesOn() throws {
        let program = Edge.products.appending(path: "pollex").path
        let checked = try run(Self.checker, ["--program", program])
        let output = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0, "\(output.suffix(6000))")
    }
}
