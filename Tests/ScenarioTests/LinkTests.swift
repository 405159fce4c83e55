import Digest
import Foundation
import Testing

/// The links of an image document lead somewhere, or are not there.
@Suite struct LinkTests {
    private func links(_ edge: Edge, _ hash: String, _ fields: [String] = []) throws -> [String:
        Any]
    {
        let answer = try edge.ask("/images/\(hash)", fields)
        try #require(answer.status == 200, "\(answer)")
        return try #require(answer.object["links"] as? [String: Any])
    }

    private func expectAllAnswered(_ edge: Edge, _ links: [String: Any]) throws {
        let thumbs = try #require(links["thumbs"] as? [String: String])
        let set = try #require(links["srcset"] as? String)
        let sources =
            set.isEmpty
            ? []
            : set.components(separatedBy: ", ").map { source in
                source.components(separatedBy: " ")
            }
        let single = ["original", "optimized"].compactMap { links[$0] as? String }
        for url in thumbs.values + sources.map({ $0[0] }) + single {
            #expect(try edge.ask(url).status == 200, "\(url)")
        }
        for source in sources {
            let width = try Picture.size(try edge.ask(source[0]).content).width
            #expect(source[1] == "\(width)w", "\(source)")
        }
    }

    @Test func anOpenEdgeLinksUsualWidths() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.pillow("jpeg", size: (700, 100)))
        let links = try links(edge, hash)
        let thumbs = try #require(links["thumbs"] as? [String: String])
        #expect(Set(thumbs.keys) == ["160", "320", "640", "700"])
        #expect(links["original"] as? String == "/originals/\(hash)")
        try expectAllAnswered(edge, links)
    }

    @Test func aListIsLinkedByItsEntries() throws {
        let edge = try Edge(settings: [
            "DELIVERY_SIZES": "100x,2000x,50x50?fit=cover,300x?dpr=2", "DELIVERY_ORIGINALS": "off",
        ])
        let hash = try edge.upload(try Photos.pillow("jpeg", size: (700, 100)))
        let links = try links(edge, hash)
        let thumbs = try #require(links["thumbs"] as? [String: String])
        #expect(Set(thumbs.keys) == ["100x", "50x50?fit=cover", "300x?dpr=2"])
        #expect(thumbs["50x50?fit=cover"] == "/thumbs/50x50/\(hash)?fit=cover")
        #expect(links["srcset"] as? String == "/thumbs/100x/\(hash) 100w")
        #expect(links["original"] is NSNull && links["optimized"] is NSNull)
        try expectAllAnswered(edge, links)
    }

    private func focus(_ edge: Edge, _ hash: String, _ focus: String, _ fields: [String] = [])
        throws
    {
        let answer = try edge.ask(
            "PATCH", "/images/\(hash)", ["Content-Type: application/json"] + fields,
            body: Array(#"{"focus": \#(focus)}"#.utf8))
        try #require(answer.status == 200, "\(answer)")
    }

    /// Wide, red, and green where it is about: the ninth tenth.
    private func picture() throws -> [UInt8] {
        let script = """
            import sys; from PIL import Image
            image = Image.new('RGB', (1000, 200), (200, 0, 0))
            image.paste((0, 200, 0), (800, 0, 900, 200))
            image.save(sys.stdout.buffer, 'png')
            """
        return try run("/usr/bin/python3", ["-c", script]).output
    }

    /// Red and green of the middle, as Pillow decodes it.
    private func middle(_ content: [UInt8]) throws -> [Int] {
        let script = """
            import io, sys; from PIL import Image
            image = Image.open(io.BytesIO(sys.stdin.buffer.read())).convert('RGB')
            print(*image.getpixel((image.width // 2, image.height // 2))[:2])
            """
        let output = try run("/usr/bin/python3", ["-c", script], input: content).output
        return String(decoding: output, as: UTF8.self).split { $0.isWhitespace }
            .compactMap { Int($0) }
    }

    @Test func whatCropsKeepsWhatThePictureIsAbout() throws {
        let edge = try Edge(settings: [
            "PRESETS": """
            {card:{size:"50x50",options:"fit=cover"},
             turned:{size:"60x60",options:"fit=cover&rotate=90"},
             north:{size:"70x70",options:"fit=cover&gravity=north"},plain:{size:"160x"},none:{}}
            """
        ])
        let hash = try edge.upload(try picture())
        let before = try links(edge, hash)
        let plain = try edge.ask("/thumbs/50x50/\(hash)?preset=card")
        #expect(try middle(plain.content)[0] > 150)
        try focus(edge, hash, #"{"x": 0.85, "y": 0.5}"#)
        let after = try links(edge, hash)
        let thumbs = try #require(after["thumbs"] as? [String: String])
        #expect(
            Set(thumbs.keys) == [
                "160", "320", "640", "960", "1000", "preset=card", "preset=turned", "preset=north",
                "preset=plain",
            ])
        #expect(thumbs["preset=card"] == "/thumbs/50x50/\(hash)?gravity=0.85,0.5&preset=card")
        #expect(thumbs["preset=turned"] == "/thumbs/60x60/\(hash)?gravity=0.5,0.85&preset=turned")
        #expect(thumbs["preset=north"] == "/thumbs/70x70/\(hash)?preset=north")
        #expect(before["srcset"] as? String == after["srcset"] as? String)
        try expectAllAnswered(edge, after)
        for name in ["preset=card", "preset=turned"] {
            let cropped = try edge.ask(try #require(thumbs[name]))
            #expect(try middle(cropped.content)[1] > 150, "\(name)")
        }
        // A URL says what it said.
        let again = try edge.ask("/thumbs/50x50/\(hash)?preset=card")
        #expect(again.content == plain.content && again["etag"] == plain["etag"])
        try focus(edge, hash, "null")
        #expect(
            try links(edge, hash)["thumbs"] as? [String: String] == before["thumbs"]
                as? [String: String])
    }

    /// Only what would be answered.
    @Test func aListLeavesTheFocusToWhoMaySign() throws {
        let token = "a token"
        let edge = try Edge(settings: [
            "DELIVERY_SIZES": "50x50?fit=cover",
            "DELIVERY_SIGNING_KEYS": Signing.keys,
            "AUTH_TOKENS":
                "[{sha256:'\(contentHash(Array(token.utf8)))',scopes:['read','upload']}]",
        ])
        let mine = "Authorization: Bearer \(token)"
        let uploaded = try edge.ask(
            "POST", "/images", [mine, "Content-Type: image/png"], body: try picture())
        let hash = try #require(uploaded.object["hash"] as? String)
        try focus(edge, hash, #"{"x": 0.85, "y": 0.5}"#, [mine])
        let open = try #require(try links(edge, hash)["thumbs"] as? [String: String])
        #expect(open["50x50?fit=cover"] == "/thumbs/50x50/\(hash)?fit=cover")
        let trusted = try links(edge, hash, [mine])
        let thumbs = try #require(trusted["thumbs"] as? [String: String])
        #expect(
            thumbs["50x50?fit=cover"]
                == (try Signing.sign("/thumbs/50x50/\(hash)?fit=cover&gravity=0.85,0.5")))
        try expectAllAnswered(edge, trusted)
    }

    @Test func signaturesAreForReadersWithAToken() throws {
        let token = "a token"
        let edge = try Edge(settings: [
            "DELIVERY_SIZES": "signed", "DELIVERY_ORIGINALS": "signed",
            "DELIVERY_SIGNING_KEYS": Signing.keys,
            "AUTH_TOKENS": "[{sha256:'\(contentHash(Array(token.utf8)))',scopes:['read']}]",
        ])
        let hash = try edge.upload(try Photos.pillow("jpeg", size: (700, 100)))
        let open = try links(edge, hash)
        #expect((open["thumbs"] as? [String: String])?.isEmpty == true)
        #expect(open["original"] is NSNull && open["optimized"] is NSNull)
        #expect(open["srcset"] as? String == "")
        let trusted = try links(edge, hash, ["Authorization: Bearer \(token)"])
        let thumbs = try #require(trusted["thumbs"] as? [String: String])
        #expect(thumbs["320"] == (try Signing.sign("/thumbs/320x/\(hash)")))
        #expect(trusted["original"] as? String == (try Signing.sign("/originals/\(hash)")))
        try expectAllAnswered(edge, trusted)
        let listing = try edge.ask("/images", ["Authorization: Bearer \(token)"])
        #expect(listing.text.contains("signature=k1."))
        #expect(try !edge.ask("/images").text.contains("signature"))
    }

    @Test func linksAndRedirectionsBeginWithThePublicURL() throws {
        let edge = try Edge(settings: ["PUBLIC_URL": "https://images.example"])
        let made = try edge.ask("POST", "/images", body: try Photos.small(1))
        let hash = try #require(made.object["hash"] as? String)
        #expect(made["location"] == "https://images.example/images/\(hash)")
        let links = try #require(made.object["links"] as? [String: Any])
        #expect(links["self"] as? String == "https://images.example/images/\(hash)")
        #expect(links["optimized"] as? String == "https://images.example/optimized/\(hash)")
        #expect(links["picture"] == nil)
        let redirection = try edge.ask("/thumbs/40x40/\(hash).jpeg")
        #expect(redirection.status == 308)
        #expect(redirection["location"] == "https://images.example/thumbs/40x40/\(hash).jpg")
    }

    /// The element's URLs are answered, each in the format that it says.
    @Test func aDocumentHasAPictureElement() throws {
        let edge = try UploadLinkTests.start(["DELIVERY_SIZES": "signed"])
        let bearer = ["Authorization: Bearer all"]
        let png = try Photos.pillow("PNG", mode: "RGBA", size: (400, 300))
        let opaque = try Photos.pillow("PNG", size: (400, 300))
        for (bytes, usual) in [(png, "png"), (opaque, "jpg")] {
            _ = try edge.ask("POST", "/images", bearer, body: bytes)
            let hash = contentHash(bytes)
            let document = try edge.ask("GET", "/images/\(hash)", bearer).object
            let links = try #require(document["links"] as? [String: Any])
            let text = try #require(links["picture"] as? String)
            #expect(text.hasPrefix("<picture><source type=\"image/avif\" srcset=\""))
            #expect(text.hasSuffix("width=\"400\" height=\"300\" alt=\"\"></picture>"))
            let urls = text.replacing("&amp;", with: "&").matches(of: /\/[a-z0-9]+\/[^ "]+/)
                .map { String($0.output) }.filter { !$0.hasPrefix("/avif") && $0.contains(hash) }
            // Two widths and the whole, in three formats, and the image's own address.
            #expect(urls.count == 10, "\(text)")
            for url in urls {
                let answer = try edge.ask("GET", url)
                #expect(answer.status == 200, "\(url): \(answer)")
            }
            #expect(text.contains("<img src=\"/optimized/\(hash).\(usual)?"))
        }
    }

    @Test func theRootSaysWhatThisIs() throws {
        let edge = try Edge()
        let page = try edge.ask("/")
        #expect(page.status == 200 && page["content-type"] == "text/html; charset=utf-8")
        #expect(page.text.contains("href=\"/console/\"") && page.text.contains("/openapi.json"))
        #expect(page["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(try edge.ask("HEAD", "/").status == 200)
        let bare = try Edge(settings: ["CONSOLE": "off"])
        #expect(try !bare.ask("/").text.contains("console"))
    }
}
