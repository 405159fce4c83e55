import Rendition
import TestSupport
import Testing

@Suite struct RenditionRequestTests {
    static let hash = String(repeating: "0123456789abcdef", count: 4)
    /// Everything the grammar has.
    static let all = RenditionPolicy(
        formats: EnumSet(OutputFormat.allCases), options: EnumSet(RecipeOption.allCases),
        gravities: EnumSet(Gravity.Kind.allCases))

    static func parse(
        _ target: String, policy: RenditionPolicy = all
    ) throws(RenditionRequest.Invalid) -> RenditionRequest {
        let bytes = Array(target.replacing("HASH", with: hash).utf8)
        return try RenditionRequest.parse(target: bytes.span, policy: policy)
    }

    /// The same of any spelling.
    static func read(
        _ target: String, policy: RenditionPolicy = all
    ) throws(RenditionRequest.Invalid) -> RenditionRequest {
        let normal = try NormalTarget(Array(target.replacing("HASH", with: hash).utf8).span)
        return try RenditionRequest.parse(target: normal.bare.span, policy: policy)
    }

    static func canonical(_ request: RenditionRequest) -> String {
        String(decoding: request.canonicalTarget, as: UTF8.self).replacing(hash, with: "HASH")
    }

    static func recipe(
        _ width: UInt16, _ height: UInt16, _ format: FormatChoice,
        _ change: (inout Recipe) -> Void = { _ in }
    ) -> Recipe {
        var recipe = Recipe(width: width, height: height, format: format)
        change(&recipe)
        return recipe
    }

    static let canonicalRows: [(String, Recipe)] = [
        ("/thumbs/320x240/HASH.webp", recipe(320, 240, .explicit(.webp))),
        ("/thumbs/320x240/HASH", recipe(320, 240, .negotiated)),
        ("/thumbs/300x/HASH.jpg", recipe(300, 0, .explicit(.jpeg))),
        ("/thumbs/x200/HASH.avif", recipe(0, 200, .explicit(.avif))),
        ("/thumbs/1x8192/HASH.png", recipe(1, 8192, .explicit(.png))),
        ("/optimized/HASH", recipe(0, 0, .negotiated)),
        ("/optimized/HASH.gif", recipe(0, 0, .explicit(.gif))),
        ("/optimized/HASH.jxl?quality=40", recipe(0, 0, .explicit(.jxl)) { $0.quality = 40 }),
        ("/thumbs/9x9/HASH?fit=cover", recipe(9, 9, .negotiated) { $0.fit = .cover }),
        (
            "/thumbs/9x9/HASH.jpg?fit=cover&gravity=northwest",
            recipe(9, 9, .explicit(.jpeg)) {
                $0.fit = .cover
                $0.gravity = .compass(.northwest)
            }
        ),
        (
            "/thumbs/9x9/HASH.jpg?fit=cover&gravity=0.5,0.125",
            recipe(9, 9, .explicit(.jpeg)) {
                $0.fit = .cover
                $0.gravity = .focalPoint(x: 500, y: 125)
            }
        ),
        (
            "/thumbs/9x9/HASH.jpg?fit=cover&gravity=0,1",
            recipe(9, 9, .explicit(.jpeg)) {
                $0.fit = .cover
                $0.gravity = .focalPoint(x: 0, y: 1000)
            }
        ),
        (
            "/thumbs/9x9/HASH?fit=cover&gravity=attention",
            recipe(9, 9, .negotiated) { ($0.fit, $0.gravity) = (.cover, .attention) }
        ),
        (
            "/thumbs/9x9/HASH?fit=contain&gravity=entropy",
            recipe(9, 9, .negotiated) { ($0.fit, $0.gravity) = (.contain, .entropy) }
        ),
        ("/thumbs/9x9/HASH?enlarge=1", recipe(9, 9, .negotiated) { $0.enlarge = true }),
        ("/thumbs/9x9/HASH?dpr=1.5", recipe(9, 9, .negotiated) { $0.dprHalves = 3 }),
        ("/thumbs/9x9/HASH?dpr=4", recipe(9, 9, .negotiated) { $0.dprHalves = 8 }),
        (
            "/optimized/HASH?background=0a0b0c",
            recipe(0, 0, .negotiated) { $0.background = Color(red: 10, green: 11, blue: 12) }
        ),
        (
            "/optimized/HASH?background=ffffff00",
            recipe(0, 0, .negotiated) {
                $0.background = Color(red: 255, green: 255, blue: 255, alpha: 0)
            }
        ),
        ("/optimized/HASH?rotate=270", recipe(0, 0, .negotiated) { $0.rotation = .threeQuarters }),
        ("/optimized/HASH?flip=hv", recipe(0, 0, .negotiated) { $0.flip = .both }),
        ("/optimized/HASH?flip=v", recipe(0, 0, .negotiated) { $0.flip = .vertical }),
        ("/optimized/HASH?blur=0.3", recipe(0, 0, .negotiated) { $0.blurHundredths = 30 }),
        ("/optimized/HASH?blur=100", recipe(0, 0, .negotiated) { $0.blurHundredths = 10_000 }),
        ("/optimized/HASH?sharpen=1.05", recipe(0, 0, .negotiated) { $0.sharpenHundredths = 105 }),
        ("/optimized/HASH?trim=10", recipe(0, 0, .negotiated) { $0.trim = 10 }),
        (
            "/optimized/HASH?maxbytes=10000000&quality=auto",
            recipe(0, 0, .negotiated) { ($0.quality, $0.maxBytes) = (101, 10_000_000) }
        ),
        ("/optimized/HASH.webp?animated=1", recipe(0, 0, .explicit(.webp)) { $0.animated = true }),
    ]

    @Test(arguments: canonicalRows)
    func readsACanonicalTarget(target: String, recipe: Recipe) throws {
        let request = try Self.parse(target)
        #expect(request.original.hex == Self.hash)
        #expect(request.recipe == recipe)
        #expect(request.isCanonical)
        #expect(request.isNegotiated == (recipe.format == .negotiated))
        #expect(Self.canonical(request) == target)
    }

    @Test(arguments: [
        ("/thumbs/9x9/HASH.jpeg", "/thumbs/9x9/HASH.jpg"),
        ("/thumbs/9x9/HASH?fit=inside", "/thumbs/9x9/HASH"),
        ("/thumbs/9x9/HASH?gravity=center&fit=cover", "/thumbs/9x9/HASH?fit=cover"),
        ("/thumbs/9x9/HASH?dpr=1", "/thumbs/9x9/HASH"),
        ("/thumbs/9x9/HASH?dpr=2.0", "/thumbs/9x9/HASH?dpr=2"),
        ("/thumbs/9x9/HASH?enlarge=0", "/thumbs/9x9/HASH"),
        (
            "/thumbs/9x9/HASH?fit=cover&gravity=0.50,1.000",
            "/thumbs/9x9/HASH?fit=cover&gravity=0.5,1"
        ),
        ("/optimized/HASH?background=ABCDEF", "/optimized/HASH?background=abcdef"),
        ("/optimized/HASH?background=abcdefff", "/optimized/HASH?background=abcdef"),
        ("/optimized/HASH?background=FFFFFF", "/optimized/HASH"),
        ("/optimized/HASH?blur=1.50", "/optimized/HASH?blur=1.5"),
        ("/optimized/HASH?rotate=0&animated=0", "/optimized/HASH"),
        ("/optimized/HASH?watermark=none", "/optimized/HASH"),
    ])
    func sendsOtherSpellingsToTheOne(target: String, expected: String) throws {
        let request = try Self.read(target)
        #expect(!request.isCanonical)
        #expect(Self.canonical(request) == expected)
        let again = try Self.parse(expected)
        #expect(again.isCanonical && again.recipe == request.recipe)
    }

    /// What a middle may have made of a target is another spelling of the same thing.
    @Test(arguments: [
        ("/thumbs/9x9/HASH.jpg?", "/thumbs/9x9/HASH.jpg"),
        ("/thumbs/9x9/HASH.jpg?&&", "/thumbs/9x9/HASH.jpg"),
        ("/thumbs/9x9/HASH?quality=9&fit=cover", "/thumbs/9x9/HASH?fit=cover&quality=9"),
        ("/thumbs/9x9/HASH?&fit=cover&&quality=9&", "/thumbs/9x9/HASH?fit=cover&quality=9"),
        (
            "/thumbs/9x9/HASH?fit=cover&gravity=0.5%2c0.25",
            "/thumbs/9x9/HASH?fit=cover&gravity=0.5,0.25"
        ),
        ("/%74humbs/%39x9/HASH%2Ejpg?f%69t=%63over", "/thumbs/9x9/HASH.jpg?fit=cover"),
        (
            "/optimized/HASH?quality=auto&maxbytes=5000",
            "/optimized/HASH?maxbytes=5000&quality=auto"
        ),
    ])
    func takesBackWhatAMiddleDoes(target: String, expected: String) throws {
        let request = try Self.read(target)
        #expect(request.isCanonical && Self.canonical(request) == expected)
        let asItStands = try? Self.parse(target)
        #expect(asItStands?.isCanonical != true)
    }

    @Test func anUpperCaseHashIsAnotherSpelling() throws {
        let request = try Self.read("/optimized/\(Self.hash.uppercased()).png")
        #expect(!request.isCanonical)
        #expect(Self.canonical(request) == "/optimized/HASH.png")
    }

    @Test(arguments: [
        ("/", RenditionRequest.Invalid.notARendition), ("", .notARendition),
        ("/thumbs", .notARendition), ("/thumbsx/9x9/HASH", .notARendition),
        ("/images/HASH", .notARendition), ("/originals/HASH?fit=cover", .notARendition),
        ("/thumbs/", .malformedPath), ("/thumbs/9x9", .malformedPath),
        ("/thumbs/9x9/HASH/", .malformedPath), ("/thumbs/9x9/a/HASH", .malformedPath),
        ("/optimized/9x9/HASH", .malformedPath),
        ("/thumbs/x/HASH", .malformedSize(given: "x")),
        ("/thumbs//HASH", .malformedSize(given: "")),
        ("/thumbs/320/HASH", .malformedSize(given: "320")),
        ("/thumbs/0320x9/HASH", .malformedSize(given: "0320x9")),
        ("/thumbs/+320x9/HASH", .malformedSize(given: "+320x9")),
        ("/thumbs/-1x9/HASH", .malformedSize(given: "-1x9")),
        ("/thumbs/9X9/HASH", .malformedSize(given: "9X9")),
        ("/thumbs/9x9x9/HASH", .malformedSize(given: "9x9x9")),
        ("/thumbs/9.5x9/HASH", .malformedSize(given: "9.5x9")),
        ("/thumbs/00x9/HASH", .malformedSize(given: "00x9")),
        ("/thumbs/0x9/HASH", .sideOutOfRange(given: "0", limit: 8192)),
        ("/thumbs/8193x/HASH", .sideOutOfRange(given: "8193", limit: 8192)),
        ("/thumbs/x99999/HASH", .sideOutOfRange(given: "99999", limit: 8192)),
        ("/thumbs/x100000/HASH", .sideOutOfRange(given: "100000", limit: 8192)),
        (
            "/thumbs/9x99999999999999999999999999999999999999999999/HASH",
            .sideOutOfRange(given: String(repeating: "9", count: 40) + "...", limit: 8192)
        ),
        ("/optimized/", .malformedHash(given: "")),
        ("/optimized/abc.jpg", .malformedHash(given: "abc")),
        ("/optimized/'\u{e9}\\.jpg", .malformedHash(given: "????")),
        ("/optimized/HASH.", .unknownFormat(given: "")),
        ("/optimized/HASH.JPG", .unknownFormat(given: "JPG")),
        ("/optimized/HASH.tiff", .unknownFormat(given: "tiff")),
        ("/optimized/HASH.jpg.png", .unknownFormat(given: "jpg.png")),
        ("/optimized/HASH?quality", .malformedOption(given: "quality")),
        ("/optimized/HASH?=1", .malformedOption(given: "=1")),
        ("/optimized/HASH?width=9", .unknownOption(given: "width")),
        ("/optimized/HASH?Quality=9", .unknownOption(given: "Quality")),
        ("/optimized/HASH?quality=9&quality=9", .duplicateOption(.quality)),
        ("/thumbs/9x9/HASH?fit=inside&fit=cover", .duplicateOption(.fit)),
        ("/optimized/HASH?fit=cover", .optionNeedsBox(.fit)),
        ("/optimized/HASH?dpr=2", .optionNeedsBox(.dpr)),
        ("/thumbs/9x9/HASH?gravity=north", .nothingIsCropped),
        ("/thumbs/9x9/HASH?fit=fill&gravity=0,1", .nothingIsCropped),
        ("/thumbs/9x/HASH?fit=cover&gravity=north", .nothingIsCropped),
        ("/optimized/HASH?%", .malformedEscape), ("/optimized/HASH%4", .malformedEscape),
        ("/optimized/HASH?quality=%zz", .malformedEscape),
        ("/optimized/HASH?quality=9%26trim=1", .invalidValue(.quality, given: "9*trim=1")),
        ("/thumbs/9x9%2fHASH", .malformedPath),
    ])
    func saysWhatIsWrong(target: String, expected: RenditionRequest.Invalid) {
        #expect(throws: expected) { try Self.read(target) }
        #expect(!expected.detail.isEmpty)
    }

    @Test(arguments: [
        (RecipeOption.fit, ["", "crop", "Cover", "inside "]),
        (
            .gravity,
            ["", "up", "0.5", "0.5,", ",0.5", "1.001,0", "0,2", "0.1234,0", "-1,0", "0.5,0.5,0.5"]
        ),
        (.enlarge, ["", "2", "true", "01"]),
        (.dpr, ["", "0", "0.5", "1.25", "4.5", "5", "2.", ".5", "02", "+2", "1e1", "2x"]),
        (.background, ["", "fff", "fffff", "ggffff", "#ffffff", "fffffffff", "red"]),
        (.quality, ["", "0", "101", "080", "8.5", "-1", "Auto", "99999999999999999999"]),
        (.maxbytes, ["", "999", "10000001", "01000", "1000.5", "1e6", "99999999999999999999"]),
        (.rotate, ["", "45", "360", "-90", "090", "100000"]),
        (.flip, ["", "H", "vh", "x"]),
        (.blur, ["", "0", "0.29", "100.01", "1.005", "1.", "00.5", "1e2", "NaN"]),
        (.sharpen, ["", "0.2", "10.1", "10.01", "0.301"]),
        (.trim, ["", "0", "101", "1.5"]),
        (.animated, ["", "2", "yes"]),
    ])
    func refusesValuesOutOfRange(option: RecipeOption, values: [String]) {
        for value in values {
            #expect(throws: RenditionRequest.Invalid.invalidValue(option, given: value)) {
                try Self.parse("/thumbs/9x9/HASH.jpg?\(option.word)=\(value)")
            }
        }
    }

    @Test(arguments: [
        ("/optimized/HASH.gif", RenditionRequest.Invalid.formatDisabled(.gif)),
        ("/optimized/HASH.jxl", .formatDisabled(.jxl)),
        ("/optimized/HASH?animated=1", .optionDisabled(.animated)),
        ("/thumbs/9x9/HASH?gravity=attention", .valueDisabled(.gravity, given: "attention")),
        ("/thumbs/9x9/HASH?gravity=entropy", .valueDisabled(.gravity, given: "entropy")),
    ])
    func whatThePolicyHasNotIsRefusedAsSuch(target: String, expected: RenditionRequest.Invalid) {
        var policy = RenditionPolicy(
            formats: [.jpeg, .png], gravities: [.compass, .focalPoint])
        policy.options.remove(.animated)
        #expect(throws: expected) { try Self.parse(target, policy: policy) }
    }

    @Test func detailsAreSentencesThatNameTheRule() {
        #expect(
            RenditionRequest.Invalid.invalidValue(.quality, given: "0").detail
                == "The option quality must be a whole number from 1 to 100, or auto, not '0'.")
        #expect(
            RenditionRequest.Invalid.sideOutOfRange(given: "9000", limit: 8192).detail
                == "The side '9000' must be from 1 to 8192 pixels.")
    }

    private static func target(_ recipe: Recipe, of original: ContentHash) throws -> [UInt8] {
        try #require(RenditionRequest(original: original, recipe: recipe)).canonicalTarget
    }

    /// Any recipe, spelt and read again, is itself.
    @Test(arguments: UInt64(0)..<16)
    func spellingAndReadingAgree(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let recipe = Recipe.random(using: &random)
            let original = ContentHash(bytes: SIMD32.random(in: 0...255, using: &random))
            let target = try Self.target(recipe, of: original)
            let read = try RenditionRequest.parse(target: target.span, policy: Self.all)
            #expect(read.recipe == recipe && read.original == original && read.isCanonical)
        }
    }

    /// Damaged targets never trap, and what is taken as canonical is the one spelling.
    @Test(arguments: UInt64(0)..<16)
    func damagedTargetsAreReadOrRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("x/?&=.,%0149fabhv-\u{0}".utf8)
        for _ in 0..<500 {
            let recipe = Recipe.random(using: &random)
            let original = ContentHash(bytes: SIMD32.random(in: 0...255, using: &random))
            var target = try Self.target(recipe, of: original)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<target.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: target.remove(at: place)
                case 1: target[place] = letters.randomElement(using: &random) ?? 0
                default: target.insert(letters.randomElement(using: &random) ?? 0, at: place)
                }
            }
            if let read = try? RenditionRequest.parse(target: target.span, policy: Self.all) {
                #expect(read.isCanonical == (read.canonicalTarget == target))
            }
        }
    }
}
