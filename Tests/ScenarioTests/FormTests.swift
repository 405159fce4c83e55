import Foundation
import TestSupport
import Testing

/// `multipart/form-data` uploads, as browsers, curl and libraries send them.
@Suite struct FormTests {
    private static let head =
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n"

    /// A form by hand: names with their bytes, files where the name says so.
    private static func body(_ parts: [(disposition: String, content: [UInt8])]) -> [UInt8] {
        var body: [UInt8] = []
        for part in parts {
            let head = "--b\r\nContent-Disposition: form-data; \(part.disposition)\r\n\r\n"
            body += Array(head.utf8) + part.content + Array("\r\n".utf8)
        }
        return body + Array("--b--\r\n".utf8)
    }

    private static func file(_ name: String) -> String { "name=\"file\"; filename=\"\(name)\"" }

    private func post(_ edge: Edge, _ body: [UInt8], _ fields: [String] = []) throws -> Answer {
        let type = "Content-Type: multipart/form-data; boundary=b"
        return try edge.ask("POST", "/images", [type] + fields, body: body)
    }

    private func images(_ answer: Answer) -> [[String: Any]] {
        answer.object["images"] as? [[String: Any]] ?? []
    }

    @Test func curlSendsOneFileAndItsFields() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let path = "\(edge.folder.path)/my photo.jpg"
        #expect(FileManager.default.createFile(atPath: path, contents: Data(photo)))
        let url = "http://127.0.0.1:\(edge.port)/images"
        for status in ["201", "200"] {
            let sent = try run(
                "/usr/bin/curl",
                [
                    "-sS", "-w", "\n%{http_code} %header{location}", "-F", "file=@\(path)",
                    "-F", "tags=red,blue", "-F", "owner=ann", url,
                ])
            let lines = String(decoding: sent.output, as: UTF8.self).split(separator: "\n")
            #expect(lines.last == "\(status) /images/\(contentHash(photo))")
            let document = lines.first.map { String($0).jsonObject } ?? [:]
            #expect(document["hash"] as? String == contentHash(photo))
            #expect(document["name"] as? String == "my photo.jpg")
            // They stand behind the file, and hold for it all the same.
            #expect(document["owner"] as? String == "ann")
            #expect(document["tags"] as? [String] == ["red", "blue"])
        }
        #expect(try edge.ask("/originals/\(contentHash(photo))").content == photo)
    }

    @Test func aBadFileCostsItselfOnly() throws {
        let edge = try Edge()
        let known = try Photos.small(1)
        let new = try Photos.small(2)
        try edge.upload(known)
        let answer = try post(
            edge,
            Self.body([
                (Self.file("known.jpg"), known), (Self.file("bad.jpg"), Array("text".utf8)),
                (Self.file("new.jpg"), new), ("name=\"tags\"", Array("x".utf8)),
            ]))
        #expect(answer.status == 201, "\(answer)")
        let list = images(answer)
        #expect(list.map { $0["status"] as? Int } == [200, 415, 201])
        #expect(list.map { $0["file"] as? String } == ["known.jpg", "bad.jpg", "new.jpg"])
        let kept = list.compactMap { $0["image"] as? [String: Any] }
        #expect(kept.compactMap { $0["hash"] as? String } == [known, new].map(contentHash))
        #expect((list[1]["problem"] as? [String: Any])?["detail"] as? String != nil)
        #expect(kept.last?["tags"] as? [String] == ["x"])
        #expect(try edge.ask("/originals/\(contentHash(new))").content == new)
        // All of them known: nothing new was made.
        let again = try post(edge, Self.body([(Self.file("a"), known), (Self.file("b"), new)]))
        #expect(again.status == 200 && images(again).count == 2)
        #expect(try edge.total("pollex_uploads_total") == 6)
    }

    @Test func whenNoFileIsGoodTheAnswerIsAProblem() throws {
        let edge = try Edge()
        let photo = try Photos.one()
        let broken = Array(photo.prefix(photo.count / 2))
        let one = try post(edge, Self.body([(Self.file("a"), broken)]))
        one.expectProblem(422)
        let two = try post(
            edge, Self.body([(Self.file("a"), broken), (Self.file("b"), Array("x".utf8))]))
        two.expectProblem(422)
        #expect(images(two).map { $0["status"] as? Int } == [422, 415])
        #expect(edge.folder.storedFiles == [])
    }

    @Test func librariesForPythonSendFilesWithAnyName() throws {
        let edge = try Edge()
        let script = """
            import requests, sys
            photos = [open(path, 'rb') for path in sys.argv[2:]]
            answer = requests.post(sys.argv[1], data={'owner': 'Zoë', 'tags': ['a', 'b,c']}, files=[
                ('files[]', ('Ä "quoted" name.jpg', photos[0], 'image/jpeg')),
                ('files[]', ('../../up.jpg', photos[1]))])
            print(answer.status_code)
            for image in answer.json()['images']:
                image = image['image']
                print(image['name'], image['owner'], image['tags'], sep='|')
            """
        var paths: [String] = []
        for number in 1...2 {
            let path = "\(edge.folder.path)/\(number).jpg"
            let photo = Data(try Photos.small(number))
            #expect(FileManager.default.createFile(atPath: path, contents: photo))
            paths.append(path)
        }
        let url = "http://127.0.0.1:\(edge.port)/images"
        let sent = try run("/usr/bin/python3", ["-c", script, url] + paths)
        let said = String(decoding: sent.output, as: UTF8.self)
        let expected = """
            201
            Ä "quoted" name.jpg|Zoë|['a', 'b', 'c']
            up.jpg|Zoë|['a', 'b', 'c']

            """
        #expect(said == expected)
    }

    @Test func aFormThatBreaksOffLeavesNothing() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let whole = Self.body([(Self.file("a"), photo), (Self.file("b"), try Photos.small(2))])
        // The body ends where it said, the form does not.
        try post(edge, Array(whole.dropLast(4))).expectProblem(400, saying: "closing")
        // The client leaves in the middle of the second file.
        let cut = try edge.connection()
        let type = "Content-Type: multipart/form-data; boundary=b"
        try cut.send(Edge.head("POST", "/images", [type], bodyCount: whole.count))
        try cut.send(Array(whole.dropLast(100)))
        // Two files on their way: only then is there something to break off.
        #expect(edge.waits { edge.folder.storedFiles.count == 2 })
        cut.reset()
        #expect(try edge.waits { try edge.total("pollex_uploads_total{result=\"aborted\"}") > 0 })
        #expect(edge.waits { edge.folder.storedFiles == [] })
        try edge.ask("/images/\(contentHash(photo))").expectProblem(404)
    }

    @Test(
        arguments: [
            ("name=\"tags\"", "\u{80}", "UTF-8"),
            ("name=\"owner\"", String(repeating: "x", count: 300), "256"),
            ("name=\"tags\"", (0..<65).map { "\($0)," }.joined(), "64"),
            ("name=\"tags\"", String(repeating: "x", count: 10_000), "long"),
        ])
    func fieldsAreChecked(disposition: String, value: String, word: String) throws {
        let edge = try Edge()
        // One scalar stands for the byte that no UTF-8 begins with.
        let content: [UInt8] = value == "\u{80}" ? [0x80] : Array(value.utf8)
        let photo = try Photos.small(1)
        let answer = try post(
            edge, Self.body([(Self.file("a"), photo), (disposition, content)]))
        answer.expectProblem(400, saying: word)
        #expect(edge.folder.storedFiles == [])
    }

    /// As Uppy, Dropzone and browsers send them with a file.
    @Test func fieldsOfOthersArePassedOver() throws {
        let edge = try Edge()
        let long = [UInt8](repeating: 0xFF, count: 50_000)
        let fields = [
            ("name=\"relativePath\"", Array("null".utf8)), ("name=\"type\"", Array("x".utf8)),
            ("name=\"_charset_\"", Array("UTF-8".utf8)), ("name=\"\"", []),
            ("name=\"dzuuid\"", long), ("name=\"tags\"", Array("a".utf8)),
        ]
        let photo = (Self.file("a.jpg"), try Photos.small(1))
        let answer = try post(edge, Self.body(fields + [photo] + fields))
        #expect(answer.status == 201 && answer.object["name"] as? String == "a.jpg", "\(answer)")
        #expect(answer.object["tags"] as? [String] == ["a"])
        try post(edge, Self.body(fields)).expectProblem(400, saying: "no file")
    }

    @Test func aNameIsForOneFile() throws {
        let edge = try Edge()
        let photo = (Self.file("a.jpg"), try Photos.small(1))
        let name = ("name=\"name\"", Array("sunset".utf8))
        let other = (Self.file("b.jpg"), try Photos.small(2))
        try post(edge, Self.body([name, photo, other])).expectProblem(400, saying: "name")
        try post(edge, Self.body([name, photo, name])).expectProblem(400, saying: "name")
        let answer = try post(edge, Self.body([name, photo]))
        #expect(answer.status == 201 && answer.object["name"] as? String == "sunset")
    }

    /// As browsers send an input that was left empty.
    @Test func aChoiceOfNoFileIsNoFile() throws {
        let edge = try Edge()
        let none = (Self.file(""), [UInt8]())
        try post(edge, Self.body([none])).expectProblem(400, saying: "no file")
        let answer = try post(edge, Self.body([none, (Self.file("a.jpg"), try Photos.small(1))]))
        #expect(answer.status == 201 && answer.object["name"] as? String == "a.jpg", "\(answer)")
        try post(edge, Self.body([(Self.file("empty.jpg"), [])])).expectProblem(415)
    }

    @Test func formsHaveLimitsOfTheirOwn() throws {
        let edge = try Edge(settings: [
            "LIMITS_UPLOAD_BYTES": "20000", "LIMITS_FORM_BYTES": "60000", "LIMITS_FORM_PARTS": "3",
            "LIMITS_FORM_HEAD_BYTES": "256",
        ])
        let small = try Photos.small(1)
        let large = [UInt8](repeating: 0xFF, count: 30_000)
        // A file beyond its limit is one bad file; the others are taken.
        let mixed = try post(edge, Self.body([(Self.file("l"), large), (Self.file("s"), small)]))
        #expect(mixed.status == 201)
        #expect(images(mixed).map { $0["status"] as? Int } == [413, 201], "\(mixed)")
        let four = (0..<4).map { (Self.file("\($0)"), Array("\($0)".utf8)) }
        try post(edge, Self.body(four)).expectProblem(413, saying: "parts")
        let long = Self.file(String(repeating: "x", count: 300))
        try post(edge, Self.body([(long, small)])).expectProblem(413, saying: "fields")
        // Refused before it is sent.
        let connection = try edge.connection()
        try connection.send(
            Edge.head(
                "POST", "/images",
                ["Content-Type: multipart/form-data; boundary=b", "Expect: 100-continue"],
                bodyCount: 70_000))
        try connection.readAnswer().expectProblem(413, saying: "60000")
        // Without a length it is noticed on the way.
        let chunked = try edge.connection()
        try chunked.send(
            "POST /images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
                + "Content-Type: multipart/form-data; boundary=b\r\n\r\n12000\r\n")
        let body = Self.body([(Self.file("a"), large), (Self.file("b"), large)])
        try? chunked.send(body + [UInt8](repeating: 10, count: 0x12000 - body.count))
        try chunked.readAnswer().expectProblem(413)
    }

    @Test func theDigestOfAFormIsThatOfItsWholeBody() throws {
        let edge = try Edge()
        let body = Self.body([(Self.file("a"), try Photos.small(1))])
        let right = Data(try #require(bytes(ofHex: contentHash(body)))).base64EncodedString()
        let file = contentHash(try Photos.small(1))
        let wrong = Data(try #require(bytes(ofHex: file))).base64EncodedString()
        try post(edge, body, ["Content-Digest: sha-256=:\(wrong):"]).expectProblem(400)
        #expect(edge.folder.storedFiles == [])
        #expect(try post(edge, body, ["Content-Digest: sha-256=:\(right):"]).status == 201)
    }

    @Test(arguments: ["multipart/form-data", "multipart/form-data; boundary=\"a\u{7f}\""])
    func aFormWithoutBoundaryIsRefused(type: String) throws {
        let edge = try Edge()
        let answer = try edge.ask(
            "POST", "/images", ["Content-Type: \(type)"], body: Self.body([]))
        #expect(answer.status == 400, "\(answer)")
    }

    /// Files of a form wait for its end: one client could have the edge run out of descriptors.
    @Test func descriptorsDoNotGrowWithTheForm() throws {
        let edge = try Edge()
        let photo = try Photos.small(7)
        let part = Array("--b\r\n\(Self.head)".utf8) + photo + Array("\r\n".utf8)
        func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(
                atPath: "/proc/\(edge.process.processIdentifier)/fd"
            ).count
        }
        func temporaryFiles() throws -> Int {
            try FileManager.default.contentsOfDirectory(
                atPath: edge.folder.path("originals/tmp")
            ).count
        }
        let connection = try edge.connection()
        let end = Array("--b--\r\n".utf8)
        try connection.send(
            Edge.head(
                "POST", "/images", ["Content-Type: multipart/form-data; boundary=b"],
                bodyCount: 40 * part.count + end.count))
        try connection.send(part)
        #expect(try edge.waits { try temporaryFiles() == 1 })
        let before = try descriptors()
        for _ in 1..<40 { try connection.send(part) }
        #expect(try edge.waits { try temporaryFiles() == 40 })
        // Give or take one that is being looked at.
        #expect(try edge.waits { try descriptors() <= before + 1 })
        try connection.send(end)
        #expect(try connection.readAnswer().status == 201)
    }

    @Test func memoryDoesNotGrowWithTheForm() throws {
        let edge = try Edge()
        let start = Array(try Photos.small(1).prefix(1024))
        let connection = try edge.connection()
        let megabyte = [UInt8](repeating: 0xA5, count: 1 << 20)
        let part = Array("--b\r\n\(Self.head)".utf8) + start
        let end = Array("\r\n--b--\r\n".utf8)
        let count = 4 * (part.count + 2 + (50 << 20)) + end.count - 2
        try connection.send(
            Edge.head(
                "POST", "/images", ["Content-Type: multipart/form-data; boundary=b"],
                bodyCount: count))
        for index in 0..<4 {
            try connection.send((index == 0 ? [] : [13, 10]) + part)
            for _ in 0..<50 { try connection.send(megabyte) }
        }
        try connection.send(end)
        let answer = try connection.readAnswer()
        #expect([201, 415, 422].contains(answer.status), "\(answer)")
        let peak = try edge.residentPeakMegabytes()
        #expect(Edge.isSanitized || peak <= 80, "\(peak) MB")
    }
}
