internal import CVipsShim
package import Rendition
package import WorkerLink

/// An original's pixels in memory, at its own size or as much smaller as the decoder made them: for
/// every rendition that is made of an original decoded like this. It does not refer to the bytes it
/// came from.
package final class DecodedOriginal {
    let facts: ImageFacts
    /// Pixels as stored, before EXIF orientation; of the original, if this is its master.
    let stored: PixelSize
    let picture: Picture
    let span: CVipsShim_Span
    private let decoding: Decoding
    /// How the bytes that it came from are to be decoded for a recipe.
    private let way: DecodingWay
    /// How long it took.
    package let duration: Duration

    /// What is held in memory at most, in bytes.
    private static let byteLimit = 64 << 20

    /// `nil` when there is nothing to share: recipes that look at the whole picture themselves, or
    /// more pixels than may be held.
    package init?(
        _ original: borrowing Original, of input: JobInput, for recipe: Recipe,
        by renderer: Renderer
    ) throws(ImagingError) {
        let clock = ContinuousClock()
        let begun = clock.now
        way = DecodingWay(original, of: input)
        guard let decoding = way.decoding(for: recipe, by: renderer) else { return nil }
        let source = try original.load(decoding)
            .keepingDisplayP3(renderer.style.keepsDisplayP3)
        guard source.byteCount <= Self.byteLimit else { return nil }
        self.decoding = decoding
        span = decoding.span(of: original.stored, decoded: source)
        picture = try source.inMemory()
        (facts, stored) = (original.facts, way.stored)
        duration = clock.now - begun
    }

    /// Whether the recipe would have its original decoded just so.
    package func suffices(for recipe: Recipe, by renderer: Renderer) -> Bool {
        way.decoding(for: recipe, by: renderer) == decoding
    }
}

extension Renderer {
    /// As from the original itself. Its decoding is not in the work.
    package func render(
        _ decoded: DecodedOriginal, _ recipe: Recipe
    ) throws(ImagingError) -> EncodedImage {
        let clock = ContinuousClock()
        let begun = clock.now
        let scaled = try scale(decoded, recipe)
        let picture = try arrange(scaled, recipe)
        let arranged = clock.now
        var image = try encode(picture, recipe)
        image.work = Work(arrange: arranged - begun, encode: clock.now - arranged)
        return image
    }

    private func scale(
        _ decoded: DecodedOriginal, _ recipe: Recipe
    ) throws(ImagingError) -> Scaled {
        if recipe.trim > 0 { return try scaleTrimmed(decoded, recipe) }
        let turn = Turn(exifOrientation: decoded.facts.orientation)
        let geometry = try geometry(of: recipe, source: turn.undone(decoded.stored))
        let whole = turn.followed(by: recipe.rotation, recipe.flip)
        return try Scaled(decoded.picture, spanning: decoded.span, whole, geometry, recipe, style)
    }
}
