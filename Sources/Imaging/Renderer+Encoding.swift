internal import CVipsShim
internal import Rendition
internal import WorkerLink

extension Renderer {
    func encode(_ source: borrowing Picture, _ recipe: Recipe) throws(ImagingError) -> EncodedImage
    {
        let format = try format(of: source, recipe)
        var picture = try source.withoutMetadata()
        if picture.hasAlpha, !format.carriesAlpha {
            picture = try picture.flattened(on: recipe.backgroundColor)
        }
        let kept = keepRights(from: source, in: picture, format)
        let size = PixelSize(width: picture.width, height: picture.height)
        return try EncodedImage(
            picture, size: size, as: format, options: options(recipe, format, keepMetadata: kept))
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
        return CVipsShim_SaveOptions(
            quality: CInt(quality), effort: effort, fullChroma: quality >= 90,
            keepMetadata: keepMetadata)
    }

    /// Who made the picture and whose it is goes along, and nothing else of what the camera wrote.
    private func keepRights(
        from source: borrowing Picture, in picture: borrowing Picture, _ format: OutputFormat
    ) -> Bool {
        guard format == .jpeg || format == .webp else { return false }
        var kept = false
        for name in ["exif-ifd0-Copyright", "exif-ifd0-Artist"] {
            // libvips writes `text (text, ASCII, 5 components, 5 bytes)`.
            guard let value = source.string(name),
                let end = value.range(ofLast: " ("), end > value.startIndex
            else { continue }
            let text = value[..<end]
            guard text.utf8.count <= 512, text.contains(where: { $0 != " " }) else { continue }
            picture.set(name, String(text))
            kept = true
        }
        return kept
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

extension String {
    /// Where the last `mark` begins whose text holds no further parenthesis before it.
    fileprivate func range(ofLast mark: String) -> String.Index? {
        var index = endIndex
        while index > startIndex {
            index = self.index(before: index)
            if self[index...].hasPrefix(mark) { return index }
        }
        return nil
    }
}
