internal import CVipsShim
package import Rendition
package import WorkerLink

/// An original's pixels in memory, at its own size or as much smaller as the decoder could make
/// them for the recipes at hand: every further rendition of at most that size needs no decoding. It
/// does not refer to the bytes it came from.
package final class DecodedOriginal {
    let facts: ImageFacts
    /// Pixels as stored, before EXIF orientation; of the original, if this is its master.
    let stored: PixelSize
    let picture: Picture
    let span: (width: Double, height: Double)
    let isWhole: Bool
    /// How long it took.
    package let duration: Duration

    /// What is held in memory at most, in bytes.
    private static let byteLimit = 64 << 20
    /// Pictures of so few pixels are decoded whole: it takes milliseconds, and a size that is asked
    /// for next will not need another decoding.
    private static let wholePixels: UInt64 = 1_600_000

    /// `nil` when there is nothing to share: recipes that look at the whole picture themselves, or
    /// more pixels than may be held.
    package init?(
        _ original: borrowing Original, of input: JobInput, for recipes: [Recipe],
        by renderer: Renderer
    ) throws(ImagingError) {
        let sharing = recipes.filter { Self.mayShare($0, original.facts) }
        guard !sharing.isEmpty else { return nil }
        let clock = ContinuousClock()
        let begun = clock.now
        let turn = Turn(exifOrientation: original.facts.orientation)
        let stored = input.masterOf.map(turn.undone) ?? original.stored
        var decoding = Decoding()
        if original.stored.pixels > Self.wholePixels {
            // A recipe without a size is refused when it is rendered, alone.
            let own = sharing.compactMap { recipe -> Decoding? in
                let geometry = try? renderer.geometry(of: recipe, source: turn.undone(stored))
                let whole = turn.followed(by: recipe.rotation, recipe.flip)
                return geometry.map { original.decoding(for: whole.undone($0.resized)) }
            }
            decoding.shrink = own.map(\.shrink).min() ?? 1
            decoding.scale = own.map(\.scale).max() ?? 1
        }
        let source = try original.load(decoding)
        guard source.byteCount <= Self.byteLimit else { return nil }
        span = decoding.span(of: original.stored, decoded: source)
        picture = try source.inMemory()
        facts = original.facts
        self.stored = stored
        isWhole = decoding.shrink == 1 && decoding.scale == 1
        duration = clock.now - begun
    }

    /// Whether the recipe loses nothing that shows when it is made of these pixels.
    package func suffices(for recipe: Recipe, by renderer: Renderer) -> Bool {
        guard Self.mayShare(recipe, facts) else { return false }
        if isWhole { return true }
        let turn = Turn(exifOrientation: facts.orientation)
        guard let geometry = try? renderer.geometry(of: recipe, source: turn.undone(stored))
        else { return true }
        let target = turn.followed(by: recipe.rotation, recipe.flip).undone(geometry.resized)
        return Original.leaves(span.width / Double(target.width))
            && Original.leaves(span.height / Double(target.height))
    }

    private static func mayShare(_ recipe: Recipe, _ facts: ImageFacts) -> Bool {
        recipe.trim == 0 && !(recipe.animated && facts.frames > 1)
    }
}

extension Renderer {
    /// As from the original itself. Its decoding is not in the work.
    package func render(
        _ decoded: DecodedOriginal, _ recipe: Recipe
    ) throws(ImagingError) -> EncodedImage {
        let clock = ContinuousClock()
        let begun = clock.now
        let turn = Turn(exifOrientation: decoded.facts.orientation)
        let geometry = try geometry(of: recipe, source: turn.undone(decoded.stored))
        let whole = turn.followed(by: recipe.rotation, recipe.flip)
        let scaled = try Scaled(decoded.picture, spanning: decoded.span, whole, geometry, recipe)
        let picture = try arrange(scaled, recipe)
        let arranged = clock.now
        var image = try encode(picture, recipe)
        image.work = Work(arrange: arranged - begun, encode: clock.now - arranged)
        return image
    }
}
