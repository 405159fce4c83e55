import Foundation
import Testing

/// What a browser's hints change, where they are asked for.
@Suite struct ClientHintTests {
    private static let vary = "Sec-CH-DPR, Sec-CH-Width"

    @Test func hintsAreOffUnlessConfigured() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let target = "/thumbs/100x/\(hash).jpg"
        let plain = try edge.ask(target)
        let hinted = try edge.ask(target, ["Sec-CH-DPR: 2", "Sec-CH-Width: 50"])
        #expect(hinted.isHit && hinted["etag"] == plain["etag"])
        #expect(hinted["vary"] == nil && hinted["accept-ch"] == nil)
    }

    @Test func hintsChooseAmongASizesSteps() throws {
        let edge = try Edge(settings: ["DELIVERY_CLIENT_HINTS": "on"])
        let hash = try edge.upload(try Photos.small(1))  // 320 × 240.
        let target = "/thumbs/100x/\(hash).jpg"
        let cases: [(fields: [String], width: Int)] = [
            ([], 100), (["Sec-CH-DPR: 2"], 200), (["Sec-CH-DPR: 2.1"], 200),
            (["Sec-CH-DPR: 9"], 320), (["Sec-CH-DPR: 3", "Sec-CH-Width: 150"], 160),
            (["Sec-CH-Width: 5000"], 100), (["Sec-CH-DPR: nonsense"], 100),
        ]
        for _ in 0..<2 {
            for (fields, width) in cases {
                let answer = try edge.ask(target, fields)
                #expect(answer.status == 200 && answer["vary"] == Self.vary, "\(answer)")
                #expect(answer["accept-ch"] == Self.vary)
                #expect(try Picture.size(answer.content).width == width, "\(fields)")
            }
        }
        // 100, 200, 400 (of which the picture has 320) and 160.
        #expect(try edge.reaches("pollex_cache_insertions_total", 4))
        let hinted = try edge.ask(target, ["Sec-CH-DPR: 2"])
        #expect(try edge.ask("/thumbs/100x/\(hash).jpg?dpr=2")["etag"] == hinted["etag"])
        let tag = try #require(hinted["etag"])
        let known = try edge.ask(target, ["Sec-CH-DPR: 2", "If-None-Match: \(tag)"])
        #expect(known.status == 304 && known["vary"] == Self.vary)
        #expect(try edge.ask(target, ["If-None-Match: \(tag)"]).status == 200)
    }

    @Test func whatHintsCanNotChangeDoesNotVaryByThem() throws {
        let edge = try Edge(settings: ["DELIVERY_CLIENT_HINTS": "on"])
        let hash = try edge.upload(try Photos.small(1))
        let hints = ["Sec-CH-DPR: 3", "Sec-CH-Width: 160"]
        for target in ["/thumbs/100x/\(hash).jpg?dpr=2", "/optimized/\(hash).jpg"] {
            let plain = try edge.ask(target)
            let hinted = try edge.ask(target, hints)
            #expect(hinted.isHit && hinted["etag"] == plain["etag"] && hinted["vary"] == nil)
        }
        let negotiated = try edge.ask("/thumbs/100x/\(hash)", hints)
        #expect(negotiated["vary"] == "Accept, \(Self.vary)")
        #expect(try edge.ask("/optimized/\(hash)", hints)["vary"] == "Accept")
    }

    @Test func hintsDoNotEscapeAPolicy() throws {
        let edge = try Edge(settings: [
            "DELIVERY_CLIENT_HINTS": "on", "DELIVERY_SIZES": "100x,100x?dpr=2",
            "DELIVERY_SIGNING_KEYS": Signing.keys,
        ])
        let hash = try edge.upload(try Photos.small(1))
        let signed = try Signing.sign("/thumbs/90x/\(hash).png")
        for (target, ratio, width) in [
            ("/thumbs/100x/\(hash).png", "2", 200), ("/thumbs/100x/\(hash).png", "3", 100),
            (signed, "2", 90), (signed, "1", 90),
        ] {
            let answer = try edge.ask(target, ["Sec-CH-DPR: \(ratio)"])
            #expect(answer.status == 200, "\(answer)")
            #expect(try Picture.size(answer.content).width == width, "\(target) \(ratio)")
        }
    }
}
