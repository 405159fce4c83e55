import Foundation
import TestSupport
import Testing

/// The index as an API: changing documents, listing them, finding what looks alike.
@Suite struct IndexTests {
    private static let json = "Content-Type: application/merge-patch+json"

    private func patch(
        _ edge: Edge, _ hash: String, _ body: String, _ fields: [String] = [Self.json]
    ) throws -> Answer {
        try edge.ask("PATCH", "/images/\(hash)", fields, body: Array(body.utf8))
    }

    @Test func aPatchChangesWhatItNames() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let body = #"""
            {"name": "Ha\u00e4fen \ud83d\ude00.jpg", "owner": "me", "tags": ["b", "a", "b"],
             "attributes": {"camera": "x100", "lens": "23"}}
            """#
        let answer = try patch(edge, hash, body)
        #expect(answer.status == 200, "\(answer)")
        let document = try edge.ask("/images/\(hash)")
        #expect(document.content == answer.content && document["etag"] == answer["etag"])
        #expect(document.object["name"] as? String == "Haäfen 😀.jpg")
        #expect(document.object["owner"] as? String == "me")
        #expect(document.object["tags"] as? [String] == ["b", "a"])
        #expect(
            document.object["attributes"] as? [String: String] == ["camera": "x100", "lens": "23"])
        let second = try patch(
            edge, hash, #"{"name": null, "attributes": {"lens": null, "iso": "400"}}"#)
        #expect(second.object["name"] is NSNull && second.object["owner"] as? String == "me")
        #expect(
            second.object["attributes"] as? [String: String] == ["camera": "x100", "iso": "400"])
        let third = try patch(
            edge, hash, #"{"tags": null, "attributes": null}"#, ["Content-Type: application/json"])
        #expect(third.object["tags"] as? [String] == [])
        #expect(third.object["attributes"] as? [String: String] == [:])
        #expect(try patch(edge, hash, "{}").status == 200)
    }

    private static let faulty: [(body: String, status: Int)] = [
        ("", 400), ("{", 400), (#"{"name": "a", "name": "b"}"#, 400), ("{} x", 400),
        ("[]", 422), ("7", 422), (#"{"nam": "a"}"#, 422), (#"{"name": 7}"#, 422),
        (#"{"name": ""}"#, 422), (#"{"tags": "a"}"#, 422), (#"{"tags": [null]}"#, 422),
        (#"{"tags": [""]}"#, 422), (#"{"attributes": {"a": 1}}"#, 422),
        (#"{"attributes": []}"#, 422), (#"{"width": 5}"#, 422),
        (#"{"name": "\#(String(repeating: "x", count: 1025))"}"#, 422),
        (#"{"tags": [\#((0..<65).map { "\"\($0)\"" }.joined(separator: ","))]}"#, 422),
        (#"{"name": "\#(String(repeating: "x", count: 70_000))"}"#, 413),
    ]
    private static let faultyFocus = [
        "{}", "[0.5, 0.5]", "7", #""center""#, #"{"x": 0.5}"#, #"{"x": 0.5, "y": null}"#,
        #"{"x": "0.5", "y": 0.5}"#, #"{"x": 1.001, "y": 0.5}"#, #"{"x": -0.001, "y": 0.5}"#,
        #"{"x": 1e999, "y": 0}"#, #"{"x": 0.5, "y": 0.5, "z": 0}"#, #"{"x": true, "y": 0}"#,
        #"{"x": [0], "y": 0}"#, #"{"X": 0, "y": 0}"#,
    ]

    @Test func aPatchThatIsNoneChangesNothing() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(2))
        let before = try edge.ask("/images/\(hash)").content
        for (body, status) in Self.faulty {
            try patch(edge, hash, body).expectProblem(status)
            #expect(try edge.ask("/images/\(hash)").content == before)
        }
        for focus in Self.faultyFocus {
            try patch(edge, hash, #"{"focus": \#(focus)}"#).expectProblem(422)
        }
        for number in ["NaN", "Infinity", ".5", "0.", "+1"] {
            try patch(edge, hash, #"{"focus": {"x": \#(number), "y": 0}}"#).expectProblem(400)
        }
        #expect(try edge.ask("/images/\(hash)").content == before)
    }

    @Test func aFocalPointIsSetRoundedAndTakenAway() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(8))
        let first = try edge.ask("/images/\(hash)")
        #expect(first.object["focus"] is NSNull)
        for (sent, kept) in [
            (#"{"x": 0.33333, "y": 1}"#, ["x": 0.333, "y": 1]),
            (#"{"y": 0, "x": 9.996e-1}"#, ["x": 1, "y": 0]),
            (#"{"x": -0, "y": 0.0005}"#, ["x": 0, "y": 0.001]),
        ] {
            let changed = try patch(edge, hash, #"{"focus": \#(sent)}"#)
            #expect(changed.object["focus"] as? [String: Double] == kept, "\(changed)")
            #expect(changed["etag"] != first["etag"])
            #expect(try edge.ask("/images/\(hash)").content == changed.content)
            let stale = [Self.json, "If-Match: \(first["etag"] ?? "")"]
            try patch(edge, hash, #"{"focus": null}"#, stale).expectProblem(412)
            #expect(try patch(edge, hash, #"{"name": null}"#).content == changed.content)
        }
        let last = try patch(edge, hash, #"{"focus": null}"#)
        #expect(last.content == first.content && last["etag"] == first["etag"])
    }

    @Test func aPatchOfAnotherTypeOrOfNothingIsRefused() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(3))
        let other = try patch(edge, hash, "{}", ["Content-Type: text/plain"])
        other.expectProblem(415)
        #expect(other["accept-patch"]?.contains("application/merge-patch+json") == true)
        try patch(edge, hash, "{}", []).expectProblem(415)
        let unknown = String(repeating: "0", count: 64)
        try patch(edge, unknown, "{}").expectProblem(404)
        try patch(edge, "abc", "{}").expectProblem(400)
    }

    @Test func theDocumentsEntityTagGuardsItsChanges() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(4))
        let first = try edge.ask("/images/\(hash)")
        let tag = try #require(first["etag"])
        #expect(tag.hasPrefix("\""))
        let unchanged = try edge.ask("GET", "/images/\(hash)", ["If-None-Match: \(tag)"])
        #expect(unchanged.status == 304 && unchanged.content.isEmpty && unchanged["etag"] == tag)
        let guarded = [Self.json, "If-Match: \(tag)"]
        let changed = try patch(edge, hash, #"{"name": "a"}"#, guarded)
        #expect(changed.status == 200 && changed["etag"] != tag)
        try patch(edge, hash, #"{"name": "b"}"#, guarded).expectProblem(412)
        #expect(try edge.ask("/images/\(hash)").object["name"] as? String == "a")
        #expect(try edge.ask("GET", "/images/\(hash)", ["If-None-Match: \(tag)"]).status == 200)
        let current = try #require(changed["etag"])
        #expect(try patch(edge, hash, "{}", [Self.json, "If-Match: \(current)"]).status == 200)
        #expect(try patch(edge, hash, "{}", [Self.json, "If-Match: *"]).status == 200)
        // Renditions come and go; the tag is of what clients can change.
        _ = try edge.ask("/thumbs/50x/\(hash).jpg")
        let isListed = try edge.waits {
            try edge.ask("/images/\(hash)").text.contains("\"createdAt\"")
        }
        #expect(try isListed && edge.ask("/images/\(hash)")["etag"] == current)
        let renditions = try #require(
            try edge.ask("/images/\(hash)").object["renditions"] as? [[String: Any]])
        let rendition = try #require(renditions.first)
        #expect(rendition["url"] as? String == "/thumbs/50x/\(hash).jpg")
        #expect(rendition["width"] as? Int == 50 && rendition["type"] as? String == "image/jpeg")
        #expect((rendition["bytes"] as? Int ?? 0) > 100 && rendition["createdAt"] is String)
    }

    /// Times as the common languages write them, and nothing that only looks like one.
    @Test func timesAndNumbersAreReadAsTheirStandardsSay() throws {
        let edge = try Edge()
        for time in [
            "2026-01-31T12:00:00Z", "2026-01-31t12:00:00z", "2026-01-31T12:00:00%2B00:00",
            "2026-01-31T23:59:00-05:30", "2026-01-31T12:00:00.123456789Z", "2024-02-29T00:00:00Z",
            "2016-12-31T23:59:60Z", "2017-01-01T00:59:60%2B01:00", "0000-01-01T00:00:00.5Z",
        ] { #expect(try edge.ask("/images?since=\(time)").status == 200, "\(time)") }
        for wrong in [
            "since=2026-02-29T12:00:00Z", "since=2026-04-31T12:00:00Z",
            "since=2026-01-31T24:00:00Z",
            "since=2026-01-31T12:00:60Z", "since=2026-01-31T12:00:00",
            "since=2026-01-31T12:00:00.Z",
            "since=2026-01-31T12:00:00.%2B5Z", "since=2026-01-31T12:00:00%2B24:00",
            "since=2026-01-31T12:00:00+01:00", "since=2026-01-31T12:00:00ZZ",
            "since=%2B026-01-31T12:00:00Z",
            "limit=%2B5", "limit=-5", "limit=", "limit=5x", "name=%+1", "name=%-0", "name=%1",
            "name=%",
        ] { try edge.ask("/images?\(wrong)").expectProblem(400) }
        // The same instant, whatever the offset.
        _ = try edge.upload(try Photos.small(1))
        let images = try #require(try edge.ask("/images").object["images"] as? [[String: Any]])
        let text = try #require(images.first?["uploadedAt"] as? String)
        let format = ISO8601DateFormatter()
        format.formatOptions.insert(.withFractionalSeconds)
        let uploaded = try #require(format.date(from: text))
        format.timeZone = TimeZone(secondsFromGMT: 9000)
        for (offset, count) in [(-1.0, 1), (1, 0)] {
            let time = format.string(from: uploaded.addingTimeInterval(offset))
                .replacing("+", with: "%2B")
            let found = try edge.ask("/images?since=\(time)").object["images"] as? [Any]
            #expect(found?.count == count, "\(time)")
        }
    }

    @Test func aPageHasAValidator() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        for target in ["/images/\(hash)/similar", "/images", "/images?limit=1"] {
            let page = try edge.ask(target)
            let tag = try #require(page["etag"])
            let again = try edge.ask(target, ["If-None-Match: \(tag)"])
            #expect(again.status == 304 && again.content.isEmpty && again["etag"] == tag)
            #expect(try edge.ask("HEAD", target)["etag"] == tag)
            guard !target.hasSuffix("similar") else { continue }
            _ = try edge.upload(try Photos.small(target.utf8.count))
            let changed = try edge.ask(target, ["If-None-Match: \(tag)"])
            #expect(changed.status == 200, "\(changed)")
        }
    }

    @Test func everyFilterOfAListingIsAsked() throws {
        let edge = try Edge()
        for number in 0..<6 {
            let query = "name=IMG_\(number)&owner=o\(number % 2)&tags=t\(number % 3),all"
            let answer = try edge.ask("POST", "/images?\(query)", body: try Photos.small(number))
            try #require(answer.status == 201)
        }
        let png = try Photos.pillow("png", size: (20, 20))
        _ = try edge.ask("POST", "/images?name=x", body: png)
        func names(_ query: String) throws -> [String] {
            let answer = try edge.ask("/images?\(query)")
            #expect(answer.status == 200, "\(answer)")
            let images = answer.object["images"] as? [[String: Any]] ?? []
            return images.compactMap { $0["name"] as? String }
        }
        #expect(try names("owner=o1") == ["IMG_5", "IMG_3", "IMG_1"])
        #expect(try names("tag=t0") == ["IMG_3", "IMG_0"])
        #expect(try names("tag=t0&owner=o1") == ["IMG_3"])
        #expect(try names("type=image/png") == ["x"])
        #expect(try names("status=ready").count == 7)
        #expect(try names("status=failed").isEmpty)
        #expect(try names("name=g_4") == ["IMG_4"])
        #expect(try names("limit=2") == ["x", "IMG_5"])
        let images = try #require(
            try edge.ask("/images?name=IMG_2").object["images"] as? [[String: Any]])
        let time = try #require(images.first?["uploadedAt"] as? String)
        #expect(try names("since=\(time)") == ["x", "IMG_5", "IMG_4", "IMG_3", "IMG_2"])
        #expect(try names("until=\(time)") == ["IMG_1", "IMG_0"])
        let first = try edge.ask("/images?owner=o1&limit=2")
        let next = try #require(first.object["next"] as? String)
        #expect(first["link"] == "</images?owner=o1&limit=2&cursor=\(next)>; rel=\"next\"")
        #expect(first.object["total"] is NSNull)
        #expect(try edge.ask("/images").object["total"] as? Int == 7)
        #expect(try edge.total("pollex_images") == 7)
        for wrong in [
            "limit=0", "limit=501", "cursor=x", "status=no", "since=2026", "color=red",
            "tag=a&tag=b",
        ] {
            try edge.ask("/images?\(wrong)").expectProblem(400)
        }
    }

    /// While others upload, pages go on where they were: nothing twice, nothing left out.
    @Test func cursorsStandStillWhileOthersUpload() throws {
        let edge = try Edge()
        let known = try (0..<20).map { try edge.upload(try Photos.small($0)) }
        var seen: [String] = []
        var target: String? = "/images?limit=3"
        var number = 100
        while let page = target {
            let answer = try edge.ask(page)
            let images = try #require(answer.object["images"] as? [[String: Any]])
            seen += images.compactMap { $0["hash"] as? String }
            target = answer["link"].map {
                String($0.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" })
            }
            try edge.upload(try Photos.small(number))
            number += 1
        }
        #expect(seen == known.reversed())
    }

    @Test func similarPicturesAreFoundUntilTheyAreDeleted() throws {
        let edge = try Edge()
        // The picture is the same, the bytes are not.
        let copies = try (0..<3).map { try edge.upload(try Photos.small($0)) }
        let other = try run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import sys; from PIL import Image
                Image.effect_noise((300, 200), 90).save(sys.stdout.buffer, 'jpeg')
                """,
            ]
        ).output
        let otherHash = try edge.upload(other)
        func similar(_ hash: String, _ query: String = "") throws -> [String] {
            let answer = try edge.ask("/images/\(hash)/similar\(query)")
            #expect(answer.status == 200 && answer.object["isCut"] as? Bool == false, "\(answer)")
            let images = answer.object["images"] as? [[String: Any]] ?? []
            return images.compactMap { ($0["image"] as? [String: Any])?["hash"] as? String }
        }
        #expect(try Set(similar(copies[0])) == Set(copies.dropFirst()))
        #expect(try similar(copies[0], "?limit=1&distance=0").count == 1)
        #expect(try similar(otherHash).isEmpty)
        #expect(try edge.ask("DELETE", "/images/\(copies[1])").status == 200)
        #expect(try similar(copies[0]) == [copies[2]])
        try edge.ask("/images/\(copies[1])/similar").expectProblem(410)
        try edge.ask("/images/\(copies[0])/similar?distance=12").expectProblem(400)
        try edge.ask("/images/\(copies[0])/similar?limit=0").expectProblem(400)
        try edge.ask("DELETE", "/images/\(copies[0])/similar").expectProblem(405)
    }

    @Test func wordsThatAreTooLongAreRefusedBeforeTheUpload() throws {
        let edge = try Edge()
        let long = String(repeating: "x", count: 1025)
        for query in ["name=\(long)", "owner=\(long)", "tags=\(long)"] {
            try edge.ask("POST", "/images?\(query)", body: try Photos.small(9)).expectProblem(400)
        }
        #expect(try edge.ask("/images?owner=\(long)").status == 200)
        #expect(try edge.ask("/images?tag=\(long)").status == 200)
    }
}
