import Rendition
import Testing

@Suite struct PresetTests {
    static func preset(
        _ name: String, _ options: String, size: String? = nil, isEager: Bool = false
    ) throws -> Preset {
        let bytes = size.map { Array($0.utf8) }
        return try Preset(
            name: #require(ShortName(name)), size: bytes?.span, options: Array(options.utf8).span,
            isEager: isEager, limits: OutputLimits())
    }

    static func policy() throws -> RenditionPolicy {
        var policy = RenditionRequestTests.all
        policy.presets = [
            try preset("thumb", "fit=cover&gravity=attention", size: "200x100", isEager: true),
            try preset("plain", "quality=40&rotate=90&enlarge=1&dpr=2&background=0a0b0c"),
            try preset("soft", "animated=1&blur=2&flip=h&sharpen=1&trim=3"),
            try preset("empty", ""),
        ]
        return policy
    }

    static func parse(_ target: String) throws -> RenditionRequest {
        try RenditionRequestTests.parse(target, policy: policy())
    }

    /// What a preset stands for has the key of what it stands for, and keeps its own URL.
    @Test(arguments: [
        (
            "/thumbs/9x9/HASH.jpg?preset=thumb",
            "/thumbs/9x9/HASH.jpg?fit=cover&gravity=attention"
        ),
        (
            "/thumbs/9x9/HASH?fit=inside&gravity=center&preset=thumb",
            "/thumbs/9x9/HASH"
        ),
        (
            "/thumbs/9x9/HASH?preset=thumb&quality=7",
            "/thumbs/9x9/HASH?fit=cover&gravity=attention&quality=7"
        ),
        (
            "/thumbs/9x9/HASH?background=ffffff&dpr=1&enlarge=0&preset=plain&rotate=0",
            "/thumbs/9x9/HASH?quality=40"
        ),
        (
            "/optimized/HASH?animated=0&preset=soft",
            "/optimized/HASH?blur=2&flip=h&sharpen=1&trim=3"
        ),
        ("/optimized/HASH?preset=empty", "/optimized/HASH"),
    ])
    func standsForItsOptions(target: String, expansion: String) throws {
        let request = try Self.parse(target)
        let expanded = try Self.parse(expansion)
        #expect(request.isCanonical && expanded.isCanonical)
        #expect(request.recipe == expanded.recipe)
        #expect(RenditionRequestTests.canonical(request) == target)
    }

    @Test(arguments: [
        (
            "/thumbs/9x9/HASH?preset=thumb&fit=cover",
            "/thumbs/9x9/HASH?preset=thumb"
        ),
        (
            "/thumbs/9x9/HASH?preset=thumb&quality=9&fit=fill",
            "/thumbs/9x9/HASH?fit=fill&preset=thumb&quality=9"
        ),
        (
            "/optimized/HASH?quality=40&preset=empty&blur=1.0",
            "/optimized/HASH?blur=1&preset=empty&quality=40"
        ),
    ])
    func otherSpellingsGoToTheOne(target: String, expected: String) throws {
        let request = try Self.parse(target)
        #expect(!request.isCanonical)
        #expect(RenditionRequestTests.canonical(request) == expected)
        let again = try Self.parse(expected)
        #expect(again.isCanonical && again.recipe == request.recipe)
    }

    @Test(arguments: [
        ("/optimized/HASH?preset=nobody", RenditionRequest.Invalid.unknownPreset(given: "nobody")),
        ("/optimized/HASH?preset=", .unknownPreset(given: "")),
        ("/optimized/HASH?preset=Thumb", .unknownPreset(given: "Thumb")),
        (
            "/optimized/HASH?preset=thumbthumbthumbthumbthumbthumbthu",
            .unknownPreset(given: "...")
        ),
        ("/optimized/HASH?preset=thumb", .optionNeedsBox(.fit)),
        ("/thumbs/9x9/HASH?preset=thumb&preset=plain", .duplicateOption(.preset)),
        ("/thumbs/9x9/HASH?preset=thumb&fit=no", .invalidValue(.fit, given: "no")),
    ])
    func saysWhatIsWrong(target: String, expected: RenditionRequest.Invalid) throws {
        let policy = try Self.policy()
        #expect(throws: expected) {
            try RenditionRequestTests.parse(target, policy: policy)
        }
    }

    /// An operator may give away by name what nobody may ask for freely.
    @Test func mayHoldWhatThePolicyHasNot() throws {
        var policy = RenditionPolicy(gravities: [.compass])
        policy.options.remove(.blur)
        policy.presets = [try Self.preset("face", "gravity=attention&blur=1")]
        let request = try RenditionRequestTests.parse(
            "/thumbs/9x9/HASH?preset=face", policy: policy)
        #expect(request.recipe.gravity == .attention && request.recipe.blurHundredths == 100)
        #expect(throws: RenditionRequest.Invalid.valueDisabled(.gravity, given: "attention")) {
            try RenditionRequestTests.parse(
                "/thumbs/9x9/HASH?gravity=attention&preset=face", policy: policy)
        }
    }

    @Test func linksCarryItsNameAndSize() throws {
        let hash = try #require(ContentHash(hex: RenditionRequestTests.hash))
        let thumb = try Self.preset("thumb", "fit=cover", size: "200x", isEager: true)
        let link = RenditionRequest(original: hash, preset: thumb)
        #expect(RenditionRequestTests.canonical(link) == "/thumbs/200x/HASH?preset=thumb")
        #expect(link.recipe.width == 200 && thumb.isEager)
        #expect("\(thumb.name)" == "thumb")
    }

    @Test(arguments: [
        ("fit=crop", RenditionRequest.Invalid.invalidValue(.fit, given: "crop")),
        ("preset=thumb", .optionDisabled(.preset)), ("width=1", .unknownOption(given: "width")),
        ("fit=cover&fit=fill", .duplicateOption(.fit)), ("fit", .malformedOption(given: "fit")),
    ])
    func refusesWhatNoUrlCouldSay(options: String, expected: RenditionRequest.Invalid) {
        #expect(throws: expected) { try Self.preset("x", options) }
    }

    @Test(arguments: ["", "A", "a_b", "a b", "é", String(repeating: "a", count: 33)])
    func otherNamesAreNone(name: String) { #expect(ShortName(name) == nil) }

    @Test(arguments: ["0", "a-b-9", String(repeating: "z", count: 32)])
    func namesAreThemselves(name: String) { #expect(ShortName(name)?.description == name) }
}
