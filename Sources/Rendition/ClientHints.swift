/// What a browser says of its screen and of the place a picture is for, in steps: so many
/// renditions of one URL there can be, and no more.
package enum ClientHints {
    /// Widths are rounded up to a multiple of so many pixels.
    package static let widthStep = 160

    /// The recipe as the hints would have it. A pixel ratio in the URL wins over both, and without
    /// a box there is nothing to fit. No allocation.
    ///
    /// - Parameters: empty for a field that did not come.
    ///   - ratio: `Sec-CH-DPR`, rounded to halves from 1 to 4.
    ///   - width: `Sec-CH-Width`, in pixels of the screen: makes a box less wide and never wider,
    ///     in its shape.
    package static func apply(
        ratio: Span<UInt8>, width: Span<UInt8>, to recipe: Recipe, limits: OutputLimits
    ) -> Recipe {
        guard concern(recipe) else { return recipe }
        var hinted = recipe
        if let thousandths = number(ratio) {
            hinted.dprHalves = UInt8(min(max((thousandths + 250) / 500, 2), 8))
        }
        if let thousandths = number(width), thousandths > 0 {
            let wanted = (thousandths + widthStep * 1000 - 1) / (widthStep * 1000) * widthStep
            guard wanted < Int(hinted.boxWithRatio(limits: limits).width) else { return hinted }
            hinted.dprHalves = 2
            if recipe.height > 0 {
                // From the URL's box whatever the ratio: one width has one height.
                let height = (2 * Int(recipe.height) * wanted / Int(recipe.width) + 1) / 2
                hinted.height = UInt16(min(max(1, height), Int(limits.side)))
            }
            hinted.width = UInt16(wanted)
        }
        return hinted
    }

    /// Whether hints can change what a URL shows, so that its answers vary by them.
    package static func concern(_ recipe: Recipe) -> Bool {
        recipe.hasBox && recipe.dprHalves == 2
    }

    /// A decimal (RFC 9651 §3.3.2) without sign in thousandths, the rest cut off; `nil` for
    /// anything else.
    private static func number(_ text: Span<UInt8>) -> Int? {
        var value = 0
        var decimals = 0
        var hasPoint = false
        for index in text.indices {
            if text[index] == UInt8(ascii: "."), index > 0, index + 1 < text.count, !hasPoint {
                hasPoint = true
                continue
            }
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10, index < 24 else { return nil }
            if hasPoint && decimals == 3 { continue }
            guard value < 100_000_000 else { return nil }
            value = value * 10 + Int(digit)
            if hasPoint { decimals += 1 }
        }
        guard text.count > 0 else { return nil }
        for _ in decimals..<3 { value *= 10 }
        return value
    }
}
