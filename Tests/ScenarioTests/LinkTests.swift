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
}
