import Digest
import Rendition
import TestSupport
import Testing

@Suite struct RenditionKeyTests {
    static let original = ContentHash(bytes: SIMD32(repeating: 7))
    static let pipeline = PipelineVersion(value: 1)
    static let limits = OutputLimits()

    static func key(_ recipe: Recipe, pipeline: PipelineVersion = pipeline) -> RenditionKey {
        RenditionKey(original: original, recipe: recipe, pipeline: pipeline, limits: limits)
    }

    static func box(_ width: UInt16, _ height: UInt16, _ change: (inout Recipe) -> Void) -> Recipe {
        var recipe = Recipe(width: width, height: height, format: .fallback)
        change(&recipe)
        return recipe
    }

    @Test(arguments: [
        (box(300, 200) { $0.dprHalves = 4 }, box(600, 400) { _ in }),
        (box(300, 200) { $0.gravity = .compass(.north) }, box(300, 200) { _ in }),
        (box(300, 0) { $0.fit = .cover }, box(300, 0) { $0.fit = .fill }),
        (
            box(9, 9) { ($0.fit, $0.gravity) = (.cover, .compass(.north)) },
            box(9, 9) { ($0.fit, $0.gravity) = (.cover, .focalPoint(x: 500, y: 0)) }
        ),
        (box(9, 9) { $0.rotation = .half }, box(9, 9) { $0.flip = .both }),
        (
            box(9, 9) { ($0.rotation, $0.flip) = (.quarter, .vertical) },
            box(9, 9) { ($0.rotation, $0.flip) = (.threeQuarters, .horizontal) }
        ),
    ])
    func recipesOfTheSameBytesHaveTheSameKey(one: Recipe, other: Recipe) {
        #expect(one != other)
        #expect(Self.key(one) == Self.key(other))
    }

    @Test func everythingThatChangesTheBytesChangesTheKey() {
        let plain = Self.box(300, 200) { $0.fit = .cover }
        let changes: [(inout Recipe) -> Void] = [
            { $0.width = 301 }, { $0.height = 0 }, { $0.fit = .contain },
            { $0.gravity = .attention }, { $0.gravity = .entropy },
            { $0.gravity = .focalPoint(x: 1, y: 2) }, { $0.enlarge = true }, { $0.dprHalves = 3 },
            { $0.background = Color(red: 0, green: 0, blue: 0) }, { $0.quality = 1 },
            { $0.rotation = .half }, { $0.flip = .vertical }, { $0.blurHundredths = 30 },
            { $0.sharpenHundredths = 30 }, { $0.trim = 1 }, { $0.animated = true },
            { $0.format = .explicit(.png) }, { $0.format = .explicit(.jpeg) },
        ]
        var keys: Set = [Self.key(plain)]
        for change in changes {
            var recipe = plain
            change(&recipe)
            keys.insert(Self.key(recipe))
        }
        keys.insert(Self.key(plain, pipeline: PipelineVersion(value: 2)))
        #expect(keys.count == changes.count + 2)
    }

    @Test func theKeyStartsWithTheOriginalAndComesBackFromItsBytes() {
        let key = Self.key(Self.box(1, 2) { _ in })
        key.withBytes { bytes in
            let all = bytes.indices.map { bytes[$0] }
            #expect(all.count == 48 && all.prefix(32).allSatisfy { $0 == 7 })
            let (again, short) = (
                RenditionKey(bytes: bytes), RenditionKey(bytes: bytes.extracting(..<47))
            )
            #expect(again == key && short == nil)
        }
    }

    /// The layout that is hashed, built here a second time.
    @Test func theDigestIsOverTagPipelineOriginalAndRecipe() {
        let recipe = Self.box(1, 2) { _ in }
        let encoded = recipe.encoded
        let content =
            Array("pollex-1".utf8) + [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 32)
            + encoded.indices.map { encoded[$0] }
        #expect(Self.key(recipe).digest == SHA256Digest(of: content).bytes.lowHalf)
    }

    /// Reference values by `base64.urlsafe_b64encode` without padding.
    @Test(arguments: [
        ([UInt8](repeating: 0, count: 16), "\"AAAAAAAAAAAAAAAAAAAAAA\""),
        ([UInt8](repeating: 255, count: 16), "\"_____________________w\""),
        ((0..<16).map { UInt8($0 * 17) }, "\"ABEiM0RVZneImaq7zN3u_w\""),
    ])
    func theTagIsBase64URLBetweenQuotes(digest: [UInt8], expected: String) throws {
        let bytes = [UInt8](repeating: 1, count: 32) + digest
        let found = RenditionKey(bytes: bytes.span)
        let key = try #require(found)
        #expect(key.etag.description == expected)
        let count = key.etag.withBytes { $0.count }
        #expect(count == RenditionTag.byteCount)
    }

    @Test func thePipelineVersionDependsOnEveryPart() {
        let one = PipelineVersion(parts: ["libvips 8.14.1", "quality.webp 78"])
        #expect(one == PipelineVersion(parts: ["libvips 8.14.1", "quality.webp 78"]))
        #expect(one != PipelineVersion(parts: ["libvips 8.14.1", "quality.webp 79"]))
        #expect(one != PipelineVersion(parts: ["libvips 8.14.1quality.webp 78"]))
        #expect(one != PipelineVersion(parts: ["libvips 8.14.1"]))
    }

    @Test func aNegotiatedRecipeHasNoKey() async {
        await #expect(processExitsWith: .failure) {
            _ = RenditionKey(
                original: ContentHash(bytes: SIMD32()),
                recipe: Recipe(width: 1, height: 1, format: .negotiated),
                pipeline: PipelineVersion(value: 1), limits: OutputLimits())
        }
    }

    /// Normal recipes make the same sizes, and are normal already.
    @Test(arguments: UInt64(0)..<16)
    func normalizingKeepsTheGeometry(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var recipe = Recipe.random(using: &random)
            recipe.format = .fallback
            let normal = recipe.normalized(limits: Self.limits)
            let source = PixelSize(
                width: Int.random(in: 1...9000, using: &random),
                height: Int.random(in: 1...9000, using: &random))
            #expect(
                normal.outputSize(source: source, limits: Self.limits)
                    == recipe.outputSize(source: source, limits: Self.limits))
            #expect(normal.normalized(limits: Self.limits) == normal)
        }
    }

    /// Turning and flipping as said, and as normalized, move every pixel to the same place.
    @Test(arguments: Rotation.allCases, Flip.allCases)
    func normalizedTurnsMoveThePixelsAlike(rotation: Rotation, flip: Flip) {
        func turned(_ recipe: Recipe) -> [[Int]] {
            var rows = [[1, 2, 3], [4, 5, 6]]
            for _ in 0..<recipe.rotation.rawValue {
                let tall = rows
                rows = tall[0].indices.map { column in tall.reversed().map { $0[column] } }
            }
            if recipe.flip.mirrorsLeftRight { rows = rows.map { $0.reversed() } }
            return recipe.flip.mirrorsTopBottom ? rows.reversed() : rows
        }
        let recipe = Self.box(9, 9) { ($0.rotation, $0.flip) = (rotation, flip) }
        #expect(turned(recipe) == turned(recipe.normalized(limits: Self.limits)))
    }
}
