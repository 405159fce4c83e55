/// A request for one rendition: `/thumbs/<w>x<h>/<hash>[.<ext>][?options]` or
/// `/optimized/<hash>[.<ext>][?options]`. Holding one leaves nothing to check.
///
/// One recipe has one spelling, `canonicalTarget`, so that a shared cache in front holds one copy.
/// What else is understood is answered as that one is (`NormalTarget`), or redirected to it.
package struct RenditionRequest: Hashable, Sendable {
    package let original: ContentHash
    /// As asked for; its format is `.negotiated` when the path has no extension.
    package let recipe: Recipe
    let names: OptionNames
    /// Whether the target was the one spelling.
    package let isCanonical: Bool

    package var isNegotiated: Bool { recipe.format == .negotiated }

    init(original: ContentHash, recipe: Recipe, names: OptionNames, isCanonical: Bool) {
        (self.original, self.recipe) = (original, recipe)
        (self.names, self.isCanonical) = (names, isCanonical)
    }

    /// For links: `recipe` as a URL would have it; `nil` for one that no URL can say: a fallback is
    /// negotiated, and a watermark has a name.
    package init?(original: ContentHash, recipe: Recipe) {
        guard recipe.format != .fallback, recipe.watermark == 0 else { return nil }
        self.init(original: original, recipe: recipe, names: OptionNames(), isCanonical: true)
    }

    /// The whole picture, not wider than so many pixels; 0: as it is.
    package init(original: ContentHash, width: UInt16) {
        let recipe = Recipe(width: width, height: 0, format: .negotiated)
        self.init(original: original, recipe: recipe, names: OptionNames(), isCanonical: true)
    }

    /// The same of another original.
    func of(_ original: ContentHash) -> RenditionRequest {
        RenditionRequest(
            original: original, recipe: recipe, names: names, isCanonical: isCanonical)
    }

    /// The same with what a client's hints made of its recipe.
    package func hinted(_ recipe: Recipe) -> RenditionRequest {
        RenditionRequest(
            original: original, recipe: recipe, names: names, isCanonical: isCanonical)
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
