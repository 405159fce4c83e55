internal import CVipsShim
internal import Rendition
internal import WorkerLink

extension Renderer {
    func encode(
        _ source: borrowing Picture, _ recipe: Recipe, asMaster isMaster: Bool = false
    ) throws(ImagingError) -> EncodedImage {
        let format = try format(of: source, recipe)
        var picture = try source.withoutMetadata()
        let isNeedless = try format.codesAlphaApart ? picture.isOpaque() : !format.carriesAlpha
        if picture.hasAlpha, isNeedless {
            picture = try picture.flattened(on: recipe.backgroundColor)
        }
        if style.keepsRights || isMaster {
            let rights = Rights(of: source)
            if let exif = rights.exif { picture.set(CVipsShim_exif, exif) }
            if let xmp = rights.xmp { picture.set(CVipsShim_xmp, xmp) }
        }
        if source.isKeptDisplayP3 {
            try picture.embedDisplayP3()
            if format == .gif { picture = try picture.convertedByProfile().withoutMetadata() }
        }
        let size = PixelSize(width: picture.width, height: picture.height)
        var options = options(recipe, format, size)
        options.isMaster = isMaster
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
        _ recipe: Recipe, _ format: OutputFormat, _ size: PixelSize
    ) -> CVipsShim_SaveOptions {
        let quality = style.quality.quality(of: recipe, as: format, at: size)
        let effort: CInt =
            switch format {
            case .png: 6
            case .webp: 4
            case .avif: 8
            case .jxl: 3
            case .gif: 7
            case .jpeg: 0
            }
        var options = CVipsShim_SaveOptions()
        options.effort = effort
        options.set(quality: quality)
        return options
    }
}

extension OutputFormat {
    /// As a picture of its own, which costs as much time where all of it is opaque; libwebp leaves
    /// that out by itself.
    fileprivate var codesAlphaApart: Bool { self == .avif || self == .jxl }
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
