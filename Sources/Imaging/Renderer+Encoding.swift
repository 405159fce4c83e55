internal import CVipsShim
internal import Rendition
internal import WorkerLink

extension Renderer {
    func encode(
        _ source: borrowing Picture, _ recipe: Recipe, isLossless: Bool = false
    ) throws(ImagingError) -> EncodedImage {
        let format = try format(of: source, recipe)
        var picture = try source.withoutMetadata()
        if picture.hasAlpha, !format.carriesAlpha {
            picture = try picture.flattened(on: recipe.backgroundColor)
        }
        let kept = keepRights(from: source, in: picture, format)
        let size = PixelSize(width: picture.width, height: picture.height)
        var options = options(recipe, format, keepMetadata: kept)
        options.lossless = isLossless
        return try EncodedImage.made(
            of: picture, size: size, as: format, options: options, for: recipe)
    }

    /// Alpha that is 255 all over is no alpha: a fallback for it is JPEG.
    private func format(of picture: borrowing Picture, _ recipe: Recipe) throws(ImagingError)
        -> OutputFormat
    {
        if case .explicit(let format) = recipe.format { return format }
        return try picture.isOpaque() ? .jpeg : .png
    }

    func options(
        _ recipe: Recipe, _ format: OutputFormat, keepMetadata: Bool
    ) -> CVipsShim_SaveOptions {
        let quality = qualities.quality(of: recipe, as: format)
        let effort: CInt =
            switch format {
            case .png: 6
            case .webp: 4
            case .avif: 2
            case .jxl: 3
            case .gif: 7
            case .jpeg: 0
            }
        var options = CVipsShim_SaveOptions()
        (options.effort, options.keepMetadata) = (effort, keepMetadata)
        options.set(quality: quality)
        return options
    }

    /// Who made the picture and whose it is goes along, and nothing else of what the camera wrote.
    private func keepRights(
        from source: borrowing Picture, in picture: borrowing Picture, _ format: OutputFormat
    ) -> Bool {
        guard format == .jpeg || format == .webp else { return false }
        var kept = false
        for name in ["exif-ifd0-Copyright", "exif-ifd0-Artist"] {
            guard let value = source.string(name), let text = Self.plainText(value)
            else { continue }
            guard text.utf8.count <= 512, text.contains(where: { $0 != " " }) else { continue }
            // Written up to the last parenthesis: that is this one, not one of the text.
            picture.set(name, text + " ()")
            kept = true
        }
        return kept
    }

    /// The text of an EXIF field, which libvips writes as `text (text, ASCII, 5 components, 5
    /// bytes)`.
    static func plainText(_ value: String) -> Substring? {
        value.indices.reversed().lazy
            .filter { value[$0...].hasPrefix(" (") }
            .map { (value[..<$0], value[$0...].dropFirst(2)) }
            .first { $1.hasPrefix($0) }?.0
    }
}

extension FormatChoice {
    /// The format that keeps the frames, if it is one of those.
    var animatedFormat: OutputFormat? {
        switch self {
        case .explicit(.gif): .gif
        case .explicit(.webp): .webp
        default: nil
        }
    }
}

extension CVipsShim_SaveOptions {
    mutating func set(quality: UInt8) {
        self.quality = CInt(quality)
        fullChroma = quality >= 90
    }
}
