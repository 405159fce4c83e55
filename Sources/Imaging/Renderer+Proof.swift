internal import Rendition
package import WorkerLink

/// That every pixel of an original decodes, and what was made on the way.
package struct Proof: ~Copyable {
    package let likeness: Likeness
    package let master: EncodedImage?
}

extension Renderer {
    /// Decodes every pixel there is, so that what is cut off or broken is found now. With a plan it
    /// makes the master on the way, in the same pass.
    package func prove(
        _ original: borrowing Original, making plan: MasterPlan?
    ) throws(ImagingError) -> Proof {
        guard let plan else {
            if original.facts.frames > 1, original.facts.type.isAnimatable {
                try original.load(Decoding(allFrames: true)).computeAll()
            }
            // Every pixel has its part in the smaller ones; of an animation this is the first
            // frame.
            let size = Likeness.size(of: original.upright)
            let recipe = Recipe(width: 0, height: 0, format: .fallback)
            let picture = try reduce(original, to: size, recipe, keepingP3: false)
            return Proof(likeness: try Likeness(of: picture), master: nil)
        }
        let format: OutputFormat = plan.isLossless ? .webp : .jpeg
        var recipe = Recipe(width: 0, height: 0, format: .explicit(format))
        recipe.quality = MasterPlan.quality
        // What a profile would take away is not taken from the master.
        let picture = try reduce(original, to: plan.size, recipe, keepingP3: true)
        let likeness = try Likeness(of: picture.reduced(to: Likeness.size(of: plan.size)).inSRGB())
        return Proof(
            likeness: likeness, master: try encode(picture, recipe, asMaster: true))
    }

    /// The whole picture, upright.
    private func reduce(
        _ original: borrowing Original, to size: PixelSize, _ recipe: Recipe, keepingP3: Bool
    ) throws(ImagingError) -> Picture {
        let turn = Turn(exifOrientation: original.facts.orientation)
        let geometry = Geometry(
            turned: original.upright, resized: size, placement: .whole, final: size)
        let source = try original.load(Decoding()).keepingDisplayP3(keepingP3)
        return try arrange(
            Scaled(source, spanning: source.span, turn, geometry, recipe, Style()), recipe)
    }
}

extension Original {
    fileprivate var upright: PixelSize { Turn(exifOrientation: facts.orientation).undone(stored) }
}

extension Picture {
    /// In memory.
    fileprivate func inSRGB() throws(ImagingError) -> Picture {
        guard isKeptDisplayP3 else { return unchanged() }
        let picture = try withoutMetadata()
        try picture.embedDisplayP3()
        return try picture.convertedByProfile().inMemory()
    }

    fileprivate func reduced(to size: PixelSize) throws(ImagingError) -> Picture {
        guard hasAlpha else { return try resized(to: size, spanning: span).inMemory() }
        return try premultiplied().resized(to: size, spanning: span).unpremultiplied().inMemory()
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

    /// - Parameter picture: in memory, 8 bits a channel, upright.
    fileprivate init(of picture: borrowing Picture) throws(ImagingError) {
        self.init(of: try picture.miniature())
    }

    package init(of miniature: Miniature) {
        self.init(
            thumbHash: miniature.thumbHash, dominantColor: miniature.dominantColor,
            perceptualHash: miniature.perceptualHash)
    }
}
