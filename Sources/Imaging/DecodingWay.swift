package import Rendition
package import WorkerLink

/// How the bytes of one input are decoded for each recipe.
package struct DecodingWay {
    /// The displayed picture's pixels as stored: of the original, also where the bytes are its
    /// master's.
    let stored: PixelSize
    private let decoded: PixelSize
    private let facts: ImageFacts
    private let isMaster: Bool

    package init(_ original: borrowing Original, of input: JobInput) {
        facts = original.facts
        decoded = original.stored
        isMaster = input.masterOf != nil
        let turn = Turn(exifOrientation: facts.orientation)
        stored = input.masterOf.map(turn.undone) ?? original.stored
    }

    /// `nil` for a recipe that is not made of shared pixels. One without a size, which is refused
    /// when it is rendered, is decoded like any.
    func decoding(for recipe: Recipe, by renderer: Renderer) -> Decoding? {
        guard isShared(recipe) else { return nil }
        let turn = Turn(exifOrientation: facts.orientation)
        guard let geometry = try? renderer.geometry(of: recipe, source: turn.undone(stored))
        else { return Decoding() }
        let target = turn.followed(by: recipe.rotation, recipe.flip).undone(geometry.resized)
        return Decoding(
            of: facts.type, pixels: decoded, for: target, linear: renderer.style.isLinear)
    }

    /// How much of the picture's sides is decoded for the recipe, 0…1.
    package func fineness(for recipe: Recipe, by renderer: Renderer) -> Double {
        guard let decoding = decoding(for: recipe, by: renderer) else { return 1 }
        return decoding.scale / Double(decoding.shrink)
    }

    /// Whether it is made of pixels that others may be made of, too. A border is looked for on all
    /// of a master, or on an original that is decoded for that.
    package func isShared(_ recipe: Recipe) -> Bool {
        (recipe.trim == 0 || isMaster) && !(recipe.animated && facts.frames > 1)
    }
}
