/// A request for one rendition: `/thumbs/<w>x<h>/<hash>[.<ext>][?options]` or
/// `/optimized/<hash>[.<ext>][?options]`. Holding one leaves nothing to check.
///
/// One recipe has one spelling, so that a shared cache in front holds one copy: any other spelling
/// is understood, and redirected to `canonicalTarget`.
package struct RenditionRequest: Hashable, Sendable {
    package let original: ContentHash
    /// As asked for; its format is `.negotiated` when the path has no extension.
    package let recipe: Recipe
    let names: OptionNames
    /// Whether the target was the one spelling; if not, answer 308 with `canonicalTarget`.
    package let isCanonical: Bool

    package var isNegotiated: Bool { recipe.format == .negotiated }

    init(original: ContentHash, recipe: Recipe, names: OptionNames, isCanonical: Bool) {
        (self.original, self.recipe) = (original, recipe)
        (self.names, self.isCanonical) = (names, isCanonical)
    }

    /// For links to renditions that are made here: `recipe` as a URL would have it.
    package init(original: ContentHash, recipe: Recipe) {
        precondition(recipe.format != .fallback, "a fallback has no spelling: it is negotiated")
        precondition(recipe.watermark == 0, "a watermark has a name")
        self.init(original: original, recipe: recipe, names: OptionNames(), isCanonical: true)
    }

    /// What a preset with a size stands for, under its name; `/optimized` for one without.
    package init(original: ContentHash, preset: Preset) {
        let names = OptionNames(preset: preset, watermark: preset.watermark)
        self.init(original: original, recipe: preset.recipe, names: names, isCanonical: true)
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
        recipe.spellOptions(names: names, into: &spelling)
        return spelling.array
    }

    static let thumbs: StaticString = "/thumbs/"
    static let optimized: StaticString = "/optimized/"
}
