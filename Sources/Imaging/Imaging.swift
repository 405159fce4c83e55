internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// libvips, once per process, before the first input.
package enum Imaging {
    /// Starts libvips and uses every codec once, so that nothing is loaded or looked up later:
    /// after this a process needs no file, no socket and no environment.
    package static func start() throws(ImagingError) {
        try ImagingError.check(CVipsShim_start())
        let renderer = Renderer(limits: JobLimits(inputTypes: []), style: Style())
        let kinds = [
            (CVipsShim_colourSRGB, false), (CVipsShim_colourSRGB, true),
            (CVipsShim_colourGrey, false), (CVipsShim_colourCMYK, false),
        ]
        // Every encoder on every kind of picture that it meets, every decoder on what came of it.
        for (colour, alpha) in kinds {
            let picture = try Picture.plain(width: 32, height: 24, colour: colour, alpha: alpha)
            let formats = colour == CVipsShim_colourCMYK ? [.jpeg] : OutputFormat.allCases
            for format in formats { try warmUp(picture, format, renderer) }
        }
    }

    /// Names and versions of the libraries that decide about pixels: part of the pipeline version.
    package static var versions: String { unsafe String(cString: CVipsShim_versions()) }

    private static func warmUp(
        _ picture: borrowing Picture, _ format: OutputFormat, _ renderer: Renderer
    ) throws(ImagingError) {
        var recipe = Recipe(width: 16, height: 16, fit: .cover, format: .fallback)
        recipe.gravity = .attention
        recipe.blurHundredths = 100
        recipe.sharpenHundredths = 100
        recipe.rotation = .quarter
        let size = PixelSize(width: picture.width, height: picture.height)
        let options = renderer.options(recipe, format, size)
        let encoded = try EncodedImage(picture, size: size, as: format, options: options)
        let limits = JobLimits(inputTypes: EnumSet(ImageType.allCases))
        try encoded.withBytes { bytes throws(ImagingError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(ImagingError) in
                let original = try unsafe Original(bytes, limits: limits)
                var (renderer, marked) = (renderer, recipe)
                renderer.overlay = try DecodedOverlay(
                    original, placement: Watermark.Placement())
                marked.watermark = 1
                _ = try renderer.render(original, marked)
            }
        }
    }
}
