import Foundation
import Testing

/// What a signed URL opens, and what it does not.
@Suite struct SignatureTests {
    private let edge: Edge
    private let hash: String

    init() throws {
        edge = try Edge(settings: [
            "DELIVERY_SIZES": "100x100,100x100?fit=cover", "DELIVERY_ORIGINALS": "signed",
            "DELIVERY_SIGNING_KEYS": Signing.keys,
        ])
        hash = try edge.upload(try Photos.small(1))
    }

    @Test func whatIsNotListedNeedsASignature() throws {
        for target in [
            "/thumbs/120x90/\(hash).jpg?fit=cover", "/thumbs/100x100/\(hash)?dpr=2",
            "/optimized/\(hash).webp", "/originals/\(hash)",
        ] {
            try edge.ask(target).expectProblem(403, saying: "signed")
            let signed = try Signing.sign(target)
            let first = try edge.ask(signed)
            #expect(first.status == 200, "\(first)")
            #expect(first["cache-control"] == "public, max-age=31536000, immutable")
            let again = try edge.ask(signed)
            #expect(again.content == first.content && again["etag"] == first["etag"])
            #expect(target.hasPrefix("/originals") || again.isHit)
            let tag = try #require(first["etag"])
            #expect(try edge.ask(signed, ["If-None-Match: \(tag)"]).status == 304)
            #expect(try edge.ask("HEAD", signed)["etag"] == tag)
            // Known or not, cached or not: without a signature nobody is told.
            try edge.ask(target, ["If-None-Match: \(tag)"]).expectProblem(403)
        }
        #expect(try edge.ask("/thumbs/100x100/\(hash)").status == 200)
        #expect(try edge.ask("/thumbs/100x100/\(hash).png?fit=cover").status == 200)
    }

    @Test func aSignatureIsPartOfNoKey() throws {
        let target = "/thumbs/100x100/\(hash).jpg"
        let plain = try edge.ask(target)
        for signed in [
            try Signing.sign(target), try Signing.sign(target, expires: 4_000_000_000),
        ] {
            let answer = try edge.ask(signed)
            #expect(answer.isHit && answer["etag"] == plain["etag"], "\(answer)")
        }
        let document = try edge.ask("/images/\(hash)").text
        #expect(!document.contains("signature") && !document.contains("expires"))
    }

    @Test func aLinkEnds() throws {
        let target = "/thumbs/110x/\(hash).jpg"
        let now = Int(Date().timeIntervalSince1970)
        try edge.ask(try Signing.sign(target, expires: now - 1)).expectProblem(410)
        try edge.ask(try Signing.sign("/originals/\(hash)", expires: 1)).expectProblem(410)
        let link = try Signing.sign(target, expires: now + 600)
        for _ in 0..<2 {
            let answer = try edge.ask(link)
            #expect(answer.status == 200)
            // No cache keeps it longer.
            let field = try #require(answer["cache-control"])
            let match = try #require(field.wholeMatch(of: /public, max-age=([0-9]+), immutable/))
            #expect((500...600).contains(try #require(Int(match.output.1))))
        }
        // Longer, with the signature of the shorter one.
        let longer = link.replacing("expires=\(now + 600)", with: "expires=\(now + 900)")
        try edge.ask(longer).expectProblem(403)
        try edge.ask(link.replacing("expires=\(now + 600)&", with: "")).expectProblem(403)
    }

    /// For every byte others: refused, never a picture, and nowhere the signature. But for the
    /// route, of which another name is none, and a capital letter in the hash, which names the same
    /// rendition under the same signature.
    @Test func noByteOfASignedURLCanBeChanged() throws {
        let edge = try Edge(settings: [
            "DELIVERY_SIZES": "signed", "DELIVERY_ORIGINALS": "signed",
            "DELIVERY_SIGNING_KEYS": Signing.keys,
        ])
        let hash = try edge.upload(try Photos.small(1))
        let connection = try edge.connection()
        for target in ["/thumbs/120x90/\(hash).jpg?fit=cover&quality=70", "/originals/\(hash)"] {
            let signed = try Signing.sign(target, expires: 4_000_000_000)
            let link = Array(signed.utf8)
            let code = try #require(signed.split(separator: ".").last)
            let routeCount = target.dropFirst().prefix { $0 != "/" }.count + 2
            for index in link.indices.dropFirst() {
                for byte in [link[index] ^ 1, link[index] ^ 0x20, UInt8(ascii: "Z")]
                where byte != link[index] && (0x21...0x7E).contains(byte) {
                    var changed = link
                    changed[index] = byte
                    let text = String(decoding: changed, as: UTF8.self)
                    try connection.send(Edge.head("GET", text))
                    let answer = try connection.readAnswer()
                    let isSame = answer.status == 308 && answer["location"] == signed
                    let isNoRoute = index < routeCount && answer.status == 404
                    #expect(
                        answer.status == 403 || isNoRoute
                            || isSame && text.lowercased() == signed.lowercased(),
                        "\(text): \(answer)")
                    #expect(!shows(code, in: answer.text), "\(text): \(answer)")
                }
            }
            #expect(try edge.ask(signed).status == 200)
            #expect(!shows(code, in: edge.output))
        }
        #expect(edge.stop() == 0)
    }

    /// Whether any eight letters of a code in a row stand in a text.
    private func shows(_ code: Substring, in text: String) -> Bool {
        let letters = Array(code)
        return stride(from: 0, through: letters.count - 8, by: 4).contains { start in
            text.contains(String(letters[start..<start + 8]))
        }
    }

    @Test func anotherSpellingIsRedirectedWithItsSignature() throws {
        let target = "/thumbs/120x90/\(hash).jpg?fit=cover&trim=7"
        let link = try Signing.sign(target, expires: 4_000_000_000)
        let tag = try edge.ask(link)["etag"]
        let seal = link.split { "?&".contains($0) }.filter {
            $0.contains("e=") || $0.contains("s=")
        }
        .joined(separator: "&")
        let upper = "/thumbs/120x90/\(hash.uppercased()).jpeg?trim=7&fit=cover&\(seal)"
        // What a middle does to the link leaves it as it is; the rest is sent on.
        let spellings = [
            upper, "/thumbs/120x90/\(hash).jpg?\(seal)&trim=7&fit=cover",
            "/thumbs/120x90/\(hash).jpg?fit=cover&&trim=7&\(seal)",
            link.replacing("fit=", with: "f%69t="), link.replacing("k1.", with: "k1%2e") + "&",
        ]
        for spelling in spellings {
            let answer = try edge.ask(spelling)
            if spelling == upper {
                #expect(answer.status == 308 && answer["location"] == link, "\(answer)")
                #expect(answer["cache-control"] == "public, max-age=60")
                #expect(answer["surrogate-key"] == hash && answer["cache-tag"] == hash)
            } else {
                #expect(answer.status == 200 && answer["etag"] == tag, "\(spelling): \(answer)")
                #expect(answer.isHit && answer["cache-control"]?.contains("immutable") == true)
            }
            // Of what is refused there is neither.
            try edge.ask(spelling.replacing("120x90", with: "121x90")).expectProblem(403)
            try edge.ask(spelling.replacing("4000000000", with: "4000000001")).expectProblem(403)
        }
        try edge.ask("/thumbs/120x90/\(hash).jpg?trim=7&fit=cover").expectProblem(403)
        #expect(
            try edge.ask("/thumbs/100x100/\(hash).jpg?expires=9")["location"]
                == "/thumbs/100x100/\(hash).jpg")
        let original = try Signing.sign("/originals/\(hash)", expires: 4_000_000_000)
        let parts = original.split(separator: "?")[1].split(separator: "&")
        let turned = "/%6friginals/\(hash)?\(parts[1])&\(parts[0])"
        #expect(try edge.ask(turned)["etag"] == "\"\(hash)\"")
        let capital = try edge.ask(turned.replacing(hash, with: hash.uppercased()))
        #expect(capital.status == 308 && capital["location"] == original, "\(capital)")
        try edge.ask(turned.replacing("expires=4", with: "expires=5")).expectProblem(403)
    }

    /// A document shows no URL that its reader is refused.
    @Test func renditionsAreListedByURLsThatAreAnswered() throws {
        let targets = [
            "/thumbs/100x100/\(hash).jpg", "/thumbs/120x90/\(hash).jpg?fit=cover&trim=7",
        ]
        for target in targets { #expect(try edge.ask(try Signing.sign(target)).status == 200) }
        let listed = try edge.ask("/images/\(hash)").object["renditions"] as? [[String: Any]] ?? []
        let urls = Set(listed.compactMap { $0["url"] as? String })
        #expect(listed.count == 2 && urls == [targets[0]], "\(listed)")
        #expect(listed.contains { $0["url"] is NSNull })
        #expect(Set(listed.compactMap { $0["recipe"] as? String }).count == 2)
    }

    @Test func anOpenEdgeWithoutKeysTakesSignedURLsForWhatTheyShow() throws {
        let open = try Edge()
        let hash = try open.upload(try Photos.small(2))
        for target in ["/thumbs/120x90/\(hash).jpg", "/originals/\(hash)"] {
            #expect(try open.ask(try Signing.sign(target)).status == 200)
            #expect(try open.ask("\(target)?expires=1&signature=x").status == 200)
            #expect(try open.ask("\(target)?signature=x&expires=7").status == 200)
            try open.ask("\(target)?signature=x&signature=y").expectProblem(400)
            try open.ask("\(target)?expires=x").expectProblem(400, saying: "expires")
        }
    }

    @Test func withoutAKeyWhatNeedsASignatureIsForNobody() throws {
        let closed = try Edge(settings: ["DELIVERY_SIZES": "signed"])
        let hash = try closed.upload(try Photos.small(3))
        try closed.ask("/thumbs/120x90/\(hash).jpg").expectProblem(403)
        try closed.ask(try Signing.sign("/thumbs/120x90/\(hash).jpg")).expectProblem(403)
        #expect(try closed.ask("/originals/\(hash)").status == 200)
        #expect(closed.output.contains("no-signing-key"))
    }
}
