import Foundation
import TestSupport
import Testing

@Suite struct UploadTests {
    @Test func anUploadAnswersWithItsDocumentAndIsIdempotent() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = contentHash(photo)
        let created = try edge.ask("POST", "/images", ["Content-Type: image/jpeg"], body: photo)
        #expect(created.status == 201 && created["location"] == "/images/\(hash)", "\(created)")
        #expect(created.object["hash"] as? String == hash)
        #expect(created.object["bytes"] as? Int == photo.count)
        #expect(created.object["width"] as? Int == 320 && created.object["height"] as? Int == 240)
        #expect(created.object["type"] as? String == "image/jpeg")
        let known = try edge.ask("POST", "/images", ["Content-Type: image/jpeg"], body: photo)
        #expect(known.status == 200 && known.object["hash"] as? String == hash)
        let again = try edge.ask(
            "PUT", "/originals/\(hash)", ["Content-Type: image/jpeg"], body: photo)
        #expect(again.status == 200)
        #expect(try edge.ask("/images/\(hash)").object["hash"] as? String == hash)
        #expect(try edge.total("pollex_uploads_total") == 3)
        #expect(edge.folder.storedFiles.filter { $0.contains(hash.dropFirst(4)) }.count == 1)
    }

    @Test func theDocumentSaysHowThePictureLooks() throws {
        let edge = try Edge()
        let answer = try edge.ask("POST", "/images", body: try Photos.small(1))
        let hash = try #require(answer.object["thumbhash"] as? String)
        #expect((5...25).contains(try #require(Data(base64Encoded: hash)).count))
        let color = try #require(answer.object["dominantColor"] as? String)
        #expect(color.wholeMatch(of: /#[0-9a-f]{6}/) != nil)
        let perceptual = try #require(answer.object["phash"] as? String)
        #expect(perceptual.wholeMatch(of: /[0-9a-f]{16}/) != nil)
    }

    @Test func putStoresUnderTheRightHash() throws {
        let edge = try Edge()
        let photo = try Photos.small(2)
        let hash = contentHash(photo)
        #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 404)
        #expect(try edge.ask("PUT", "/originals/\(hash)", body: photo).status == 201)
        #expect(try edge.ask("HEAD", "/originals/\(hash)").status == 200)
        #expect(try edge.ask("/originals/\(hash)").content == photo)
    }

    @Test func curlUploadsAsTheReadmeSays() throws {
        let edge = try Edge()
        let photo = try Photos.small(3)
        let file = "\(edge.folder.path)/photo.jpg"
        #expect(FileManager.default.createFile(atPath: file, contents: Data(photo)))
        let url = "http://127.0.0.1:\(edge.port)"
        let sent = try run("/usr/bin/curl", ["-sS", "--data-binary", "@\(file)", "\(url)/images"])
        let document = String(decoding: sent.output, as: UTF8.self).jsonObject
        #expect(sent.status == 0 && document["hash"] as? String == contentHash(photo))
        let got = try run(
            "/usr/bin/curl", ["-sS", "--fail", "\(url)/originals/\(contentHash(photo))"])
        #expect(got.status == 0 && got.output == photo)
    }

    @Test func chunkedBodiesAreTaken() throws {
        let edge = try Edge()
        let photo = try Photos.small(4)
        let connection = try edge.connection()
        try connection.send(
            "POST /images HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n")
        for start in stride(from: 0, to: photo.count, by: 777) {
            let chunk = photo[start..<min(start + 777, photo.count)]
            try connection.send(String(chunk.count, radix: 16) + "\r\n")
            try connection.send(Array(chunk))
            try connection.send("\r\n")
        }
        try connection.send("0\r\n\r\n")
        #expect(try connection.readAnswer().status == 201)
        // The connection is good for more.
        try connection.send(Edge.head("GET", "/originals/\(contentHash(photo))"))
        #expect(try connection.readAnswer().content == photo)
    }

    @Test func anExpectingClientIsToldToGoOn() throws {
        let edge = try Edge()
        let photo = try Photos.small(5)
        let connection = try edge.connection()
        try connection.send(
            Edge.head(
                "POST", "/images", ["Content-Type: image/jpeg", "Expect: 100-continue"],
                bodyCount: photo.count))
        #expect(try connection.readAnswer().status == 100)
        try connection.send(photo)
        #expect(try connection.readAnswer().status == 201)
    }

    @Test func anExpectingClientIsRefusedBeforeItSends() throws {
        let edge = try Edge(settings: ["LIMITS_UPLOAD_BYTES": "1000"])
        let connection = try edge.connection()
        try connection.send(
            Edge.head(
                "POST", "/images", ["Content-Type: image/jpeg", "Expect: 100-continue"],
                bodyCount: 2000))
        try connection.readAnswer().expectProblem(413)
    }

    @Test func aDigestThatDoesNotMatchIsRefused() throws {
        let edge = try Edge()
        let photo = try Photos.small(6)
        let right = Data(try #require(bytes(ofHex: contentHash(photo)))).base64EncodedString()
        let wrong = Data(repeating: 7, count: 32).base64EncodedString()
        let refused = try edge.ask(
            "POST", "/images", ["Content-Digest: sha-256=:\(wrong):"], body: photo)
        #expect((400..<500).contains(refused.status), "\(refused)")
        #expect(try edge.ask("/originals/\(contentHash(photo))").status == 404)
        let taken = try edge.ask(
            "POST", "/images", ["Repr-Digest: sha-256=:\(right):"], body: photo)
        #expect(taken.status == 201)
    }

    @Test func aDeletedImageIsGoneUntilItComesAgain() throws {
        let edge = try Edge()
        let photo = try Photos.small(7)
        let hash = try edge.upload(photo)
        #expect(try edge.ask("/thumbs/60x60/\(hash).jpg").status == 200)
        let receipt = try edge.ask("DELETE", "/images/\(hash)")
        #expect(receipt.status == 200 && !receipt.object.isEmpty, "\(receipt)")
        for target in ["/images/\(hash)", "/originals/\(hash)", "/thumbs/60x60/\(hash).jpg"] {
            try edge.ask(target).expectProblem(410)
        }
        #expect(!edge.folder.storedFiles.contains { $0.contains(hash.dropFirst(4)) })
        try edge.upload(photo)
        let back = try edge.ask("/thumbs/60x60/\(hash).jpg")
        #expect(back.status == 200 && !back.isHit, "\(back)")
    }

    @Test func aPurgeDropsRenditionsOnly() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(8))
        let made = try edge.ask("/thumbs/60x60/\(hash).jpg")
        #expect(try edge.ask("/thumbs/60x60/\(hash).jpg").isHit)
        for _ in 0..<3 {
            let receipt = try edge.ask("POST", "/purge/\(hash)", admin: true)
            #expect(receipt.status == 200)
            // Nothing has been said of the picture but what it is.
            #expect(receipt.object["facts"] as? String == "confirmed", "\(receipt)")
        }
        let again = try edge.ask("/thumbs/60x60/\(hash).jpg")
        #expect(!again.isHit && again.content == made.content, "\(again)")
        #expect(try edge.ask("POST", "/purge/\(hash)").status == 404)
    }

    @Test func theIndexListsNewestFirstAndItsCursorIsStable() throws {
        let edge = try Edge()
        let hashes = try (10..<15).map { try edge.upload(try Photos.small($0)) }
        func page(_ target: String) throws -> (hashes: [String], next: String?) {
            let answer = try edge.ask(target)
            try #require(answer.status == 200, "\(answer)")
            let images = answer.object["images"] as? [[String: Any]] ?? []
            return (images.compactMap { $0["hash"] as? String }, answer.object["next"] as? String)
        }
        let first = try page("/images?limit=2")
        #expect(first.hashes == [hashes[4], hashes[3]])
        // What comes meanwhile stands before the cursor and moves nothing behind it.
        try edge.upload(try Photos.small(15))
        let cursor = try #require(first.next)
        let rest = try page("/images?limit=10&cursor=\(cursor)")
        #expect(rest.hashes == [hashes[2], hashes[1], hashes[0]] && rest.next == nil)
    }

    @Test func memoryDoesNotGrowWithTheBody() throws {
        let edge = try Edge()
        let megabyte = [UInt8](repeating: 0xA5, count: 1 << 20)
        let connection = try edge.connection()
        try connection.send(
            Edge.head("POST", "/images", ["Content-Type: image/jpeg"], bodyCount: 500 << 20))
        // Begins as a JPEG does, so that nothing but its end can refuse it.
        try connection.send(Array(try Photos.small(1).prefix(1024)))
        try connection.send(Array(megabyte.dropLast(1024)))
        for _ in 1..<500 {
            guard (try? connection.send(megabyte)) != nil else { break }
        }
        let answer = try connection.readAnswer()
        // A JPEG with garbage behind its start is refused, or stored where a decoder bears it.
        #expect([201, 413, 415, 422].contains(answer.status), "\(answer)")
        let peak = try edge.residentPeakMegabytes()
        #expect(Edge.isSanitized || peak <= 80, "\(peak) MB")
        #expect(edge.folder.storedFiles.count == (answer.status == 201 ? 1 : 0))
    }
}
