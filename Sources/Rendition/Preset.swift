/// A set of options that a configuration gave a name. `preset=<name>` in a URL stands for them;
/// options that are written out beside it override. The URL has the name, the key has what it
/// stands for: a preset that is changed makes other renditions, one that is renamed the same.
package struct Preset: Hashable, Sendable {
    package static let most = 64

    package let name: ShortName
    /// Of its watermark, of which the recipe has the fingerprint once `RenditionPolicy` knows both.
    package let watermark: ShortName?
    /// Its options, the size in its box: both sides 0 where it has none. The size is for what is
    /// made at ingest and for links, `/optimized` where it has none; a URL has its own.
    package private(set) var recipe: Recipe
    /// To be made when an image comes in.
    package let isEager: Bool
    let given: EnumSet<RecipeOption>

    /// - Parameters:
    ///   - size: `200x200`, `200x` or `x200`.
    ///   - options: as in a URL, without the question mark; may be empty.
    package init(
        name: ShortName, size: Span<UInt8>?, options: Span<UInt8>, isEager: Bool,
        limits: OutputLimits
    ) throws(RenditionRequest.Invalid) {
        var recipe = Recipe()
        if let size { try RenditionRequest.parse(size: size, into: &recipe, limits: limits) }
        let (width, height) = (recipe.width, recipe.height)
        // Options that need a box are welcome: a URL will have one.
        recipe.width = 1
        (given, watermark) = try RenditionRequest.parse(presetOptions: options, into: &recipe)
        (recipe.width, recipe.height) = (width, height)
        (self.name, self.recipe, self.isEager) = (name, recipe, isEager)
    }

    /// The same with the fingerprint of its watermark; without one among `watermarks` as it is.
    func knowing(_ watermarks: [Watermark]) -> Preset {
        var known = self
        let found = watermarks.first { $0.name == watermark }
        known.recipe.watermark = found?.fingerprint ?? 0
        return known
    }

    /// One of its options that says nothing without a box.
    package var optionThatNeedsBox: RecipeOption? {
        RecipeOption.allCases.first { $0.needsBox && given.contains($0) }
    }
}
