import Rendition
import TestSupport
import Testing

@Suite struct RecipeEncodingTests {
    static func bytes(_ recipe: Recipe) -> [UInt8] {
        let encoded = recipe.encoded
        return encoded.indices.map { encoded[$0] }
    }

    static func decoded(_ bytes: [UInt8]) -> Recipe? { Recipe(encoded: bytes.span) }

    @Test func hasAFixedPlaceForEverything() {
        var recipe = Recipe(width: 0x0102, height: 0x0304, fit: .cover, format: .explicit(.avif))
        recipe.gravity = .focalPoint(x: 0x0105, y: 0x0206)
        (recipe.enlarge, recipe.animated, recipe.dprHalves) = (true, true, 5)
        recipe.background = Color(red: 1, green: 2, blue: 3, alpha: 4)
        (recipe.quality, recipe.trim) = (70, 9)
        (recipe.blurHundredths, recipe.sharpenHundredths) = (0x0708, 0x0109)
        (recipe.rotation, recipe.flip) = (.threeQuarters, .vertical)
        (recipe.maxBytes, recipe.watermark) = (0x0001_0203, 0x0102_0304_0506_0708)
        #expect(
            Self.bytes(recipe) == [
                2, 1, 7, 5, 2, 1, 4, 3, 1, 0, 5, 1, 6, 2, 1, 2, 3, 4, 70, 9, 8, 7, 9, 1, 4, 3, 2, 3,
                2, 1, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1,
            ])
    }

    @Test(arguments: UInt64(0)..<16)
    func decodesWhatItEncodes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let recipe = Recipe.random(using: &random)
            let decoded = Self.decoded(Self.bytes(recipe))
            #expect(decoded == recipe)
        }
    }

    /// Whatever decodes has just this encoding.
    @Test(arguments: UInt64(0)..<16)
    func damagedBytesDecodeToTheirOwnRecipeOrNot(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Self.bytes(Recipe.random(using: &random))
            let place = Int.random(in: 0..<40, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
            if let decoded = Self.decoded(bytes) { #expect(Self.bytes(decoded) == bytes) }
        }
        #expect(Self.decoded(Array(repeating: 0, count: 40)) == nil)
        #expect(Self.decoded(Self.bytes(Recipe()).dropLast()) == nil)
    }
}
