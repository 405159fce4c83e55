import Rendition
import Testing

@Suite struct WatermarkTests {
    static func watermark(
        _ name: String, content: UInt8 = 1, _ change: (inout Watermark.Placement) -> Void = { _ in }
    ) throws -> Watermark {
        var placement = Watermark.Placement()
        change(&placement)
        return Watermark(
            name: try #require(ShortName(name)), placement: placement,
            content: ContentHash(bytes: SIMD32(repeating: content)))
    }

    static func parse(_ target: String, content: UInt8 = 1) throws -> RenditionRequest {
        var policy = RenditionRequestTests.all
        policy = RenditionPolicy(
            options: policy.options,
            presets: [
                try PresetTests.preset("marked", "quality=40&watermark=logo", size: "9x9"),
                try PresetTests.preset("other", "watermark=logo"),
            ],
            watermarks: [
                try watermark("logo", content: content),
                try watermark("tiles") { $0.isTiled = true },
            ])
        return try RenditionRequestTests.parse(target, policy: policy)
    }

    @Test(arguments: [
        "/optimized/HASH?watermark=logo", "/thumbs/9x9/HASH.jpg?quality=7&watermark=tiles",
        "/thumbs/9x9/HASH?preset=marked", "/optimized/HASH?preset=marked&watermark=none",
        "/optimized/HASH?preset=marked&watermark=tiles",
    ])
    func keepsItsNameInTheUrl(target: String) throws {
        let request = try Self.parse(target)
        #expect(request.isCanonical)
        #expect(RenditionRequestTests.canonical(request) == target)
    }

    @Test(arguments: [
        ("/optimized/HASH?watermark=logo&quality=7", "/optimized/HASH?quality=7&watermark=logo"),
        ("/optimized/HASH?watermark=none", "/optimized/HASH"),
        ("/optimized/HASH?watermark=logo&preset=marked", "/optimized/HASH?preset=marked"),
    ])
    func otherSpellingsGoToTheOne(target: String, expected: String) throws {
        let request = try Self.parse(target)
        #expect(!request.isCanonical && RenditionRequestTests.canonical(request) == expected)
    }

    @Test func aPresetsWatermarkIsTheSameAsOneWrittenOut() throws {
        let named = try Self.parse("/optimized/HASH?preset=other")
        let written = try Self.parse("/optimized/HASH?watermark=logo")
        let off = try Self.parse("/optimized/HASH?watermark=none&preset=other")
        #expect(named.recipe == written.recipe && named.recipe.watermark != 0)
        #expect(off.recipe == Recipe())
    }

    /// Another picture or another place is another recipe, another name is none.
    @Test func theFingerprintIsOverAllThatShows() throws {
        let changes: [(inout Watermark.Placement) -> Void] = [
            { _ in }, { $0.position = .north }, { $0.offset = 0 }, { $0.scale = 199 },
            { $0.opacity = 999 }, { $0.isTiled = true },
        ]
        var found = Set(try changes.map { try Self.watermark("a", $0).fingerprint })
        found.insert(try Self.watermark("a", content: 2).fingerprint)
        #expect(found.count == changes.count + 1)
        #expect(try Self.watermark("b").fingerprint == Self.watermark("a").fingerprint)
    }

    @Test func placementsComeBackFromTheirBytes() throws {
        var placement = Watermark.Placement()
        placement.position = .northwest
        (placement.offset, placement.scale, placement.opacity) = (500, 1000, 1)
        placement.isTiled = true
        #expect(Watermark.Placement(encoded: placement.encoded) == placement)
        for (index, byte) in [(0, UInt8(9)), (1, 2), (3, 2), (5, 4), (7, 4)] {
            var bytes = placement.encoded
            bytes[index] = byte
            #expect(Watermark.Placement(encoded: bytes) == nil)
        }
    }

    @Test(arguments: ["nobody", "", "Logo"])
    func unknownOnesAreRefused(name: String) {
        #expect(throws: RenditionRequest.Invalid.unknownWatermark(given: name)) {
            try Self.parse("/optimized/HASH?watermark=\(name)")
        }
    }
}
