internal import CVipsShim
internal import Rendition
internal import WorkerLink

extension Renderer {
    /// Every frame for itself, in order, so that the decoder is read once from top to bottom and
    /// only finished frames stay in memory.
    func renderAnimation(
        _ original: borrowing Original, _ recipe: Recipe, as format: OutputFormat
    ) throws(ImagingError) -> EncodedImage {
        let box = try boxWithoutBorder(of: original, recipe)
        let upright = Turn(exifOrientation: original.facts.orientation)
        var geometry = try geometry(of: recipe, source: upright.undone(box.size))
        let turn = upright.followed(by: recipe.rotation, recipe.flip)
        let count = original.facts.frames
        guard UInt64(count) * geometry.final.pixels <= limits.inputFramePixels
        else { throw ImagingError(.overOutput, "\(count) frames") }
        let film = try film(of: original)
        var still = recipe
        var frames = FrameStack()
        for index in 0..<Int(count) {
            let top = index * original.stored.height
            let frame = try film.cropped(x: box.x, y: top + box.y, to: box.size)
            var scaled = try Scaled(frame, spanning: frame.span, turn, geometry, recipe, style)
            if index == 0, let place = try placeOfInterest(in: scaled, recipe) {
                // The camera does not move.
                geometry.placement = .crop(x: place.x, y: place.y)
                (scaled.geometry, still.gravity) = (geometry, .center)
            }
            frames.append(try arrange(scaled, still))
        }
        let stack = try frames.stacked().withoutMetadata()
        stack.set("page-height", geometry.final.height)
        stack.set("loop", film.integer("loop", else: 0))
        let delays = film.integers("delay")
        if !delays.isEmpty { stack.set("delay", delays) }
        // Frame by frame for every quality would take too long: `auto` is the default's quality.
        return try EncodedImage.made(
            of: stack, size: geometry.final, as: format,
            options: options(recipe, format, geometry.final), for: recipe, isFilm: true)
    }

    /// All frames, one below the other.
    private func film(of original: borrowing Original) throws(ImagingError) -> Picture {
        let film = try original.load(Decoding(allFrames: true))
        let (size, count) = (original.stored, Int(original.facts.frames))
        guard film.width == size.width, film.height >= size.height * count
        else { throw ImagingError(.broken, "frames are missing") }
        return film
    }

    /// What is left, as stored, without the border that all frames have.
    private func boxWithoutBorder(
        of original: borrowing Original, _ recipe: Recipe
    ) throws(ImagingError) -> (x: Int, y: Int, size: PixelSize) {
        let size = original.stored
        guard recipe.trim > 0 else { return (0, 0, size) }
        let film = try film(of: original)
        var (left, top, right, bottom) = (size.width, size.height, 0, 0)
        for index in 0..<Int(original.facts.frames) {
            let frame = try film.cropped(x: 0, y: index * size.height, to: size)
                .readied(for: recipe).inMemory()
            guard let box = try frame.boxWithoutBorder(threshold: recipe.trim) else { continue }
            (left, top) = (min(left, box.x), min(top, box.y))
            right = max(right, box.x + box.size.width)
            bottom = max(bottom, box.y + box.size.height)
        }
        guard left < right else { return (0, 0, size) }
        return (left, top, PixelSize(width: right - left, height: bottom - top))
    }
}

extension ImageType {
    /// Whether its frames can be loaded all at once.
    var isAnimatable: Bool { self == .gif || self == .webp }
}

/// Finished frames, oldest first. Holds them: arrays can not hold noncopyable pictures.
@safe struct FrameStack: ~Copyable {
    private var images: [OpaquePointer?] = unsafe []

    init() {}

    mutating func append(_ frame: consuming Picture) {
        unsafe images.append(frame.relinquished())
    }

    func stacked() throws(ImagingError) -> Picture {
        var frames = unsafe images
        let count = unsafe CInt(frames.count)
        return try unsafe Picture.made { out in unsafe CVipsShim_stack(&frames, count, out) }
    }

    deinit {
        unsafe images.forEach { if let image = unsafe $0 { unsafe CVipsShim_release(image) } }
    }
}
