internal import CVipsShim
internal import Rendition
internal import WorkerLink

extension Renderer {
    /// Every frame for itself, in order, so that the decoder is read once from top to bottom and
    /// only finished frames stay in memory.
    func renderAnimation(
        _ original: borrowing Original, _ recipe: Recipe, as format: OutputFormat
    ) throws(ImagingError) -> EncodedImage {
        let size = original.stored
        let upright = Turn(exifOrientation: original.facts.orientation)
        let geometry = try geometry(of: recipe, source: upright.undone(size))
        let turn = upright.followed(by: recipe.rotation, recipe.flip)
        let count = UInt64(original.facts.frames)
        guard count * geometry.final.pixels <= limits.inputFramePixels
        else { throw ImagingError(.overOutput, "\(count) frames") }
        let film = try original.load(Decoding(allFrames: true))
        guard film.width == size.width, film.height >= size.height * Int(count)
        else { throw ImagingError(.broken, "frames are missing") }
        var frames = FrameStack()
        for index in 0..<Int(count) {
            let frame = try film.cropped(x: 0, y: index * size.height, to: size)
            let scaled = try Scaled(frame, spanning: frame.span, turn, geometry, recipe, style)
            frames.append(try arrange(scaled, recipe))
        }
        let stack = try frames.stacked().withoutMetadata()
        stack.set("page-height", geometry.final.height)
        stack.set("loop", film.integer("loop", else: 0))
        let delays = film.integers("delay")
        if !delays.isEmpty { stack.set("delay", delays) }
        // Frame by frame for every quality would take too long: `auto` is the default's quality.
        return try EncodedImage.made(
            of: stack, size: geometry.final, as: format,
            options: options(recipe, format, geometry.final), for: recipe, searches: false)
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
