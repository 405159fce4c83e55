import Foundation
import TestSupport
import Testing

/// What a browser gets for a URL.
@Suite struct DeliveryTests {
    @Test func aSecondRequestIsAHitAndTouchesNoWorker() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let cold = try edge.ask("/thumbs/300x300/\(hash).jpg")
        #expect(cold.status == 200)
        #expect(cold["cache-status"]?.hasPrefix("pollex; fwd=uri-miss") == true, "\(cold)")
        #expect(cold["server-timing"] != nil)
        let decodes = try edge.decodes()
        let hit = try edge.ask("/thumbs/300x300/\(hash).jpg")
        #expect(hit.isHit, "\(hit)")
        #expect(hit.content == cold.content && hit["etag"] == cold["etag"])
        #expect(try edge.decodes() == decodes)
        #expect(try edge.total("pollex_cache_hits_total") == 1)
        #expect(try edge.total("pollex_cache_misses_total") == 1)
    }

    @Test func anAnswerCarriesTheFieldsOfTheContract() throws {
        let edge = try Edge()
        let photo = try Photos.small(1)
        let hash = try edge.upload(photo)
        for target in [
            "/thumbs/100x100/\(hash).jpg", "/optimized/\(hash).jpg", "/originals/\(hash)",
        ] {
            let answer = try edge.ask(target)
            #expect(answer.status == 200, "\(target)")
            #expect(answer["etag"]?.wholeMatch(of: /"[!#-~]+"/) != nil, "\(answer)")
            #expect(answer["cache-control"] == "public, max-age=31536000, immutable")
            #expect(answer["content-type"] == "image/jpeg")
            #expect(answer["content-length"] == String(answer.content.count))
            #expect(answer["accept-ranges"] == "bytes")
            #expect(answer["date"] != nil && answer["last-modified"] != nil)
            let digest = Data(try #require(bytes(ofHex: contentHash(answer.content))))
            #expect(answer["repr-digest"] == "sha-256=:\(digest.base64EncodedString()):")
            #expect(answer["surrogate-key"] == hash && answer["cache-tag"] == hash)
            #expect(answer["x-content-type-options"] == "nosniff")
            #expect(answer["content-security-policy"] == "default-src 'none'; sandbox")
            #expect(answer["cross-origin-resource-policy"] == "cross-origin")
            #expect(answer["access-control-allow-origin"] == "*")
            #expect(answer["vary"] == nil)
        }
        #expect(try edge.ask("/originals/\(hash)").content == photo)
    }

    @Test func headSaysWhatGetWould() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        for target in ["/thumbs/100x/\(hash).jpg", "/originals/\(hash)", "/images/\(hash)"] {
            _ = try edge.ask(target)
            let get = try edge.ask(target)
            let head = try edge.ask("HEAD", target)
            #expect(head.status == get.status && head.content.isEmpty)
            let volatile = ["date", "x-request-id", "server-timing"]
            let said = head.fields.filter { !volatile.contains($0.name) }.map { "\($0)" }
            #expect(said == get.fields.filter { !volatile.contains($0.name) }.map { "\($0)" })
        }
        let cold = try edge.ask("HEAD", "/thumbs/90x/\(hash).jpg")
        #expect(
            cold["content-length"] == (try edge.ask("/thumbs/90x/\(hash).jpg"))["content-length"])
    }

    @Test(arguments: [
        ("/thumbs/100x100/{HASH}.jpg", "/thumbs/100x100/{hash}.jpg"),
        ("/thumbs/100x100/{hash}.jpg?fit=inside", "/thumbs/100x100/{hash}.jpg"),
        (
            "/thumbs/100x100/{hash}.jpg?fit=cover&gravity=center",
            "/thumbs/100x100/{hash}.jpg?fit=cover"
        ),
        ("/thumbs/100x100/{hash}.jpg?dpr=1", "/thumbs/100x100/{hash}.jpg"),
        (
            "/thumbs/100x100/{hash}.jpg?background=FF0000&fit=contain",
            "/thumbs/100x100/{hash}.jpg?background=ff0000&fit=contain"
        ),
    ])
    func otherSpellingsAreSentToTheCanonicalOne(spelling: String, canonical: String) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        func filled(_ target: String) -> String {
            target.replacing("{hash}", with: hash).replacing("{HASH}", with: hash.uppercased())
        }
        let answer = try edge.ask(filled(spelling))
        #expect(answer.status == 308, "\(answer)")
        #expect(answer["location"] == filled(canonical))
        #expect(answer["cache-control"] == "public, max-age=60")
        #expect(answer["surrogate-key"] == hash && answer["cache-tag"] == hash)
        #expect(try edge.ask(filled(canonical)).status == 200)
    }

    /// What caches and gateways make of a URL names the same rendition, and no cache that takes
    /// one for the other is told another thing.
    @Test func whatAMiddleMakesOfAURLIsAnsweredAsTheURL() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let query = "dpr=2&fit=cover&gravity=0.5,0.25&quality=50"
        for (target, insertions) in [
            ("/thumbs/50x50/\(hash).jpg?\(query)", 1.0), ("/optimized/\(hash).jpg", 2),
            ("/originals/\(hash)", 2),
        ] {
            let plain = try edge.ask(target)
            #expect(plain.status == 200)
            // Until the cache has it, each answer from the fresh rendition counts as a miss.
            #expect(try edge.reaches("pollex_cache_insertions_total", insertions))
            let turned = query.split(separator: "&").reversed().joined(separator: "&")
            let mark = target.contains("?") ? "&" : "?"
            for spelling in [
                target.replacing(query, with: turned), "\(target)\(mark)", "\(target)\(mark)&",
                target.replacing(",", with: "%2C").replacing("hum", with: "%68um") + mark,
                target.replacing("/o", with: "/%6F").replacing("?", with: "?&"),
                target.replacing(
                    hash, with: "%\(String(hash.utf8.first ?? 0, radix: 16))\(hash.dropFirst())"),
            ] {
                let answer = try edge.ask(spelling)
                #expect(answer.status == 200 && answer.content == plain.content, "\(spelling)")
                #expect(answer["etag"] == plain["etag"])
                #expect(answer["cache-control"] == plain["cache-control"])
                let tag = try #require(plain["etag"])
                #expect(try edge.ask(spelling, ["If-None-Match: \(tag)"]).status == 304)
            }
        }
        #expect(try edge.total("pollex_cache_misses_total") == 2)
        // What only some middles undo is not kept under the name that it has then.
        for target in ["//thumbs/50x50/\(hash).jpg", "/./thumbs/50x50/\(hash).jpg", "/nothing"] {
            let answer = try edge.ask(target)
            #expect(answer.status == 404 && answer["cache-control"] == "no-store")
        }
    }

    @Test func theFormatIsNegotiatedOnlyWithoutAnExtension() throws {
        let edge = try Edge()
        let opaque = try edge.upload(try Photos.small(1))
        let clear = try edge.upload(
            try Photos.pillow("png", mode: "RGBA", size: (64, 64)), type: "image/png")
        let cases: [(String, [String], String)] = [
            (opaque, ["Accept: image/avif,image/webp,*/*"], "image/avif"),
            (opaque, ["Accept: image/webp,*/*;q=0.8"], "image/webp"),
            (opaque, ["Accept: image/avif;q=0, image/webp"], "image/webp"),
            (opaque, ["Accept: */*"], "image/jpeg"), (opaque, [], "image/jpeg"),
            (clear, [], "image/png"), (clear, ["Accept: text/html"], "image/png"),
            (clear, ["Accept: image/webp"], "image/webp"),
        ]
        for (hash, accept, type) in cases {
            let answer = try edge.ask("/thumbs/50x50/\(hash)", accept)
            #expect(answer.status == 200 && answer["content-type"] == type, "\(accept): \(answer)")
            #expect(answer["vary"] == "Accept")
            #expect(try Picture.format(answer.content) == type)
        }
        // Three formats of one, two of the other: Accept can not multiply entries.
        #expect(try edge.reaches("pollex_cache_insertions_total", 5))
        let fixed = try edge.ask("/thumbs/50x50/\(opaque).png", ["Accept: image/webp"])
        #expect(fixed["content-type"] == "image/png" && fixed["vary"] == nil)
    }

    @Test func aMatchingTagIsAnsweredWithoutMakingAnything() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let target = "/thumbs/80x80/\(hash).jpg"
        let tag = try #require(try edge.ask(target)["etag"])
        #expect(try edge.ask("POST", "/purge/\(hash)", admin: true).status == 200)
        let decodes = try edge.decodes()
        let answer = try edge.ask(target, ["If-None-Match: \"x\", \(tag)"])
        #expect(answer.status == 304 && answer["etag"] == tag, "\(answer)")
        #expect(try edge.decodes() == decodes)
        // Never for what is unknown, whatever the client holds.
        let unknown = String(repeating: "0", count: 64)
        let stranger = try edge.ask("/thumbs/80x80/\(unknown).jpg", ["If-None-Match: *"])
        stranger.expectProblem(404)
    }

    @Test func rangesAndPreconditionsFollowTheStandard() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let target = "/thumbs/400x/\(hash).jpg"
        let whole = try edge.ask(target)
        let count = whole.content.count
        let part = try edge.ask(target, ["Range: bytes=10-19"])
        #expect(part.status == 206 && part.content == Array(whole.content[10..<20]))
        #expect(part["content-range"] == "bytes 10-19/\(count)")
        #expect(part["repr-digest"] == whole["repr-digest"])
        #expect(try edge.ask(target, ["Range: bytes=-5"]).content == Array(whole.content.suffix(5)))
        let several = try edge.ask(target, ["Range: bytes=0-1,10-11"])
        #expect(several.status == 206)
        #expect(several["content-type"]?.hasPrefix("multipart/byteranges; boundary=") == true)
        let beyond = try edge.ask(target, ["Range: bytes=\(count)-"])
        beyond.expectProblem(416)
        #expect(beyond["content-range"] == "bytes */\(count)")
        #expect(try edge.ask(target, ["Range: bites=0-1"]).status == 200)
        try edge.ask(target, ["If-Match: \"other\""]).expectProblem(412)
        let date = try #require(whole["last-modified"])
        #expect(try edge.ask(target, ["If-Modified-Since: \(date)"]).status == 304)
    }

    @Test func optionsAnswersAPreflight() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let answer = try edge.ask(
            "OPTIONS", "/thumbs/80x80/\(hash).jpg",
            ["Origin: https://example.org", "Access-Control-Request-Method: GET"])
        #expect([200, 204].contains(answer.status), "\(answer)")
        #expect(answer["access-control-allow-origin"] == "*")
        #expect(answer["access-control-allow-methods"]?.contains("GET") == true)
        #expect(answer["allow"]?.contains("GET") == true)
    }

    @Test func aRestartKeepsTheCache() throws {
        let folder = try Scratch()
        let photo = try Photos.small(1)
        let first = try Edge(folder: folder)
        let hash = try first.upload(photo)
        let made = try first.ask("/thumbs/70x70/\(hash).jpg")
        #expect(first.stop() == 0)
        let second = try Edge(folder: folder)
        // It serves from the first moment, with misses until what is there has been read.
        #expect(try second.reaches("pollex_cache_entries", 1))
        let kept = try second.ask("/thumbs/70x70/\(hash).jpg")
        #expect(kept.isHit && kept.content == made.content, "\(kept)")
        #expect(try second.decodes() == 0)
    }
}

extension Edge {
    func ask(_ target: String, _ fields: [String] = []) throws -> Answer {
        try ask("GET", target, fields)
    }
}

func bytes(ofHex hex: String) -> [UInt8]? {
    let digits = Array(hex)
    let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { index in
        UInt8(String(digits[index...index + 1]), radix: 16)
    }
    return bytes.count * 2 == digits.count ? bytes : nil
}
