/// A request for one rendition: `/thumbs/<w>x<h>/<hash>[.<ext>][?options]` or
/// `/optimized/<hash>[.<ext>][?options]`. Holding one leaves nothing to check.
///
/// One recipe has one spelling, so that a shared cache in front holds one copy: any other spelling
/// is understood, and redirected to `canonicalTarget`.
package struct RenditionRequest: Hashable, Sendable {
    package let original: ContentHash
    /// As asked for; its format is `.negotiated` when the path has no extension.
    package let recipe: Recipe
    /// Whether the target was the one spelling; if not, answer 308 with `canonicalTarget`.
    package let isCanonical: Bool

    package var isNegotiated: Bool { recipe.format == .negotiated }

    init(original: ContentHash, recipe: Recipe, isCanonical: Bool) {
        (self.original, self.recipe, self.isCanonical) = (original, recipe, isCanonical)
    }

    /// For links to renditions that are made here: `recipe` as a URL would have it.
    package init(original: ContentHash, recipe: Recipe) {
        precondition(recipe.format != .fallback, "a fallback has no spelling: it is negotiated")
        self.init(original: original, recipe: recipe, isCanonical: true)
    }

    /// Path and query in the one spelling; what a signature covers.
    package var canonicalTarget: [UInt8] {
        var spelling = Spelling()
        Self.spell(original: original, recipe: recipe, into: &spelling)
        return spelling.array
    }

    private static func spell(
        original: ContentHash, recipe: Recipe,
        into sink: inout Spelling
    ) {
        if recipe.hasBox {
            sink.append(Self.thumbs)
            if recipe.width != 0 { sink.append(number: Int(recipe.width)) }
            sink.append(UInt8(ascii: "x"))
            if recipe.height != 0 { sink.append(number: Int(recipe.height)) }
            sink.append(UInt8(ascii: "/"))
        } else {
            sink.append(Self.optimized)
        }
        let digits = original.hexDigits
        for index in digits.indices { sink.append(digits[index]) }
        if case .explicit(let format) = recipe.format {
            sink.append(UInt8(ascii: "."))
            sink.append(format.fileExtension)
        }
        recipe.spellOptions(into: &sink)
    }

    static let thumbs: StaticString = "/thumbs/"
    static let optimized: StaticString = "/optimized/"
}
