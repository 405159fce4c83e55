/// A request for one rendition: `/thumbs/<w>x<h>/<hash>[.<ext>][?options]` or
/// `/optimized/<hash>[.<ext>][?options]`. Holding one leaves nothing to check.
///
/// One recipe has one spelling, so that a shared cache in front holds one copy: any other spelling
/// is understood, and redirected to `canonicalTarget`.
package struct RenditionRequest: Hashable, Sendable {
    package let original: ContentHash
    /// As asked for; its format is `.negotiated` when the path has no extension.
    package let recipe: Recipe
    /// Whose options are in the recipe already.
    package let preset: Preset?
    /// Whether the target was the one spelling; if not, answer 308 with `canonicalTarget`.
    package let isCanonical: Bool

    package var isNegotiated: Bool { recipe.format == .negotiated }

    init(original: ContentHash, recipe: Recipe, preset: Preset?, isCanonical: Bool) {
        (self.original, self.recipe) = (original, recipe)
        (self.preset, self.isCanonical) = (preset, isCanonical)
    }

    /// For links to renditions that are made here: `recipe` as a URL would have it.
    package init(original: ContentHash, recipe: Recipe) {
        precondition(recipe.format != .fallback, "a fallback has no spelling: it is negotiated")
        self.init(original: original, recipe: recipe, preset: nil, isCanonical: true)
    }

    /// What a preset with a size stands for, under its name; `/optimized` for one without.
    package init(original: ContentHash, preset: Preset) {
        self.init(original: original, recipe: preset.recipe, preset: preset, isCanonical: true)
    }

    /// Path and query in the one spelling; what a signature covers.
    package var canonicalTarget: [UInt8] {
        var spelling = Spelling()
        if recipe.hasBox {
            spelling.append(Self.thumbs)
            if recipe.width != 0 { spelling.append(number: Int(recipe.width)) }
            spelling.append(UInt8(ascii: "x"))
            if recipe.height != 0 { spelling.append(number: Int(recipe.height)) }
            spelling.append(UInt8(ascii: "/"))
        } else {
            spelling.append(Self.optimized)
        }
        let digits = original.hexDigits
        for index in digits.indices { spelling.append(digits[index]) }
        if case .explicit(let format) = recipe.format {
            spelling.append(UInt8(ascii: "."))
            spelling.append(format.fileExtension)
        }
        recipe.spellOptions(over: preset, into: &spelling)
        return spelling.array
    }

    static let thumbs: StaticString = "/thumbs/"
    static let optimized: StaticString = "/optimized/"
}
