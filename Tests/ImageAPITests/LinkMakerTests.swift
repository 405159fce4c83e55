@testable import ImageAPI
import Rendition
import Testing

@Suite struct LinkMakerTests {
    private static let hash = ContentHash(bytes: SIMD32(repeating: 7))
    private static let keys = URLKeys([("k", Array(repeating: 1, count: 32))])

    private static func maker(
        sizes: SizePolicy = .open, originalsAreSigned: Bool = false, servesOriginals: Bool = true
    ) -> LinkMaker {
        LinkMaker(
            policy: RenditionPolicy(),
            gate: URLGate(sizes: sizes, originalsAreSigned: originalsAreSigned, keys: keys),
            servesOriginals: servesOriginals)
    }

    @Test func anOpenEdgeLinksPlainlyAndNothingWiderThanThePicture() {
        let links = Self.maker().links(of: Self.hash, width: 700, focus: nil)
        #expect(links.thumbs.map(\.name) == ["160", "320", "640", "700"])
        #expect(links.original == "/originals/\(Self.hash.hex)")
        #expect(links.optimized == "/optimized/\(Self.hash.hex)")
        #expect(links.sourceSet.hasSuffix(" 700w"))
    }

    @Test func whereASignatureIsNeededOnlyTheKnownReaderHasLinks() {
        let maker = Self.maker(sizes: .signed, originalsAreSigned: true)
        let links = maker.links(of: Self.hash, width: 700, focus: nil)
        #expect(links.thumbs.isEmpty && links.original == nil && links.optimized == nil)
        #expect(links.sourceSet == "")
        let known = maker.forReader(hasToken: true).links(of: Self.hash, width: 700, focus: nil)
        #expect(known.thumbs.count == 4)
        #expect(known.original?.hasPrefix("/originals/\(Self.hash.hex)?") == true)
    }

    @Test func linksBeginWithThePublicOrigin() {
        let maker = LinkMaker(
            policy: RenditionPolicy(), gate: nil, servesOriginals: true, origin: "https://a.example"
        )
        let links = maker.links(of: Self.hash, width: 700, focus: nil)
        let all = links.thumbs.map(\.url) + [links.original ?? "", links.optimized ?? ""]
        #expect(all.count == 6 && all.allSatisfy { $0.hasPrefix("https://a.example/") })
        #expect(links.sourceSet.matches(of: /https:\/\/a\.example\//).count == 4)
    }

    @Test func whatIsNotServedIsNotLinked() {
        let links = Self.maker(servesOriginals: false).links(of: Self.hash, width: 9, focus: nil)
        #expect(links.original == nil && links.optimized != nil)
    }
}
