internal import CVipsShim
internal import Rendition
package import WorkerLink

/// That all of an original decodes, and what was made on the way.
package struct Proof: ~Copyable {
    package let likeness: Likeness
    package let master: EncodedImage?

    package consuming func takeMaster() -> EncodedImage? { master }
}

extension Renderer {
    /// Decodes all there is, so that what is cut off or broken is found now. With a plan it
    /// makes the master on the way, in the same pass.
    package func prove(
        _ original: borrowing Original, making plan: MasterPlan?
    ) throws(ImagingError) -> Proof {
        guard let plan else {
            if original.facts.frames > 1, original.facts.type.isAnimatable {
                try original.load(Decoding(allFrames: true)).computeAll()
            }
            // Of an animation this is the first frame.
            let recipe = Recipe(width: 0, height: 0, format: .fallback)
            let picture = try glance(at: original, recipe)
            let size = Likeness.size(of: original.upright)
            return Proof(likeness: Likeness(of: try picture.miniature(size)), master: nil)
        }
        let format: OutputFormat = plan.isLossless ? .webp : .jpeg
        var recipe = Recipe(width: 0, height: 0, format: .explicit(format))
        recipe.quality = plan.quality
        let source = try original.load(Decoding()).keepingDisplayP3(style.keepsDisplayP3)
        let picture = try upright(original, source, spanning: source.span, plan.size, recipe)
        let likeness = Likeness(of: try picture.inSRGB().miniature(Likeness.size(of: plan.size)))
        return Proof(
            likeness: likeness, master: try encode(picture, recipe, asMaster: true))
    }

    /// The whole picture at some size, no smaller than its likeness: as the decoder made it, but
    /// for one of many pixels, which are not to be in memory at once.
    private func glance(
        at original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        let turn = Turn(exifOrientation: original.facts.orientation)
        let size = Likeness.size(of: original.upright)
        let decoding = Decoding(
            ofGlanceAt: original.facts.type, pixels: original.stored, for: turn.undone(size))
        let source = try original.load(decoding)
        let decoded = turn.undone(PixelSize(width: source.width, height: source.height))
        let span = decoding.span(of: original.stored, decoded: source)
        let isLarge = decoded.pixels >= 2 * MasterPlan.pixels
        return try upright(
            original, source, spanning: isLarge ? span : source.span, isLarge ? size : decoded,
            recipe)
    }

    private func upright(
        _ original: borrowing Original, _ source: borrowing Picture,
        spanning span: CVipsShim_Span, _ size: PixelSize, _ recipe: Recipe
    ) throws(ImagingError) -> Picture {
        let turn = Turn(exifOrientation: original.facts.orientation)
        let geometry = Geometry(
            turned: original.upright, resized: size, placement: .whole, final: size)
        return try arrange(Scaled(source, spanning: span, turn, geometry, recipe, Style()), recipe)
    }
}

extension Original {
    fileprivate var upright: PixelSize { Turn(exifOrientation: facts.orientation).undone(stored) }
}

extension Picture {
    fileprivate func inSRGB() throws(ImagingError) -> Picture {
        guard isKeptDisplayP3 else { return unchanged() }
        let picture = try withoutMetadata()
        try picture.embedDisplayP3()
        return try picture.convertedByProfile().inMemory()
    }
}

extension Likeness {
    /// What ThumbHash takes at most, on each side; more would not change it.
    private static let side = 100

    fileprivate static func size(of size: PixelSize) -> PixelSize {
        let scale = Double(side) / Double(max(size.width, size.height))
        guard scale < 1 else { return size }
        func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        return PixelSize(width: scaled(size.width), height: scaled(size.height))
    }

    package init(of miniature: Miniature) {
        self.init(
            thumbHash: miniature.thumbHash, dominantColor: miniature.dominantColor,
            perceptualHash: miniature.perceptualHash)
    }
}
