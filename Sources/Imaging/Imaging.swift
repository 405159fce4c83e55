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
            (CVipsShim_colourGrey, false),
        ]
        // Every encoder on every kind of picture that it meets, every decoder on what came of it.
        // The steps of a recipe are most of a start's time: once on each kind.
        for (colour, alpha) in kinds {
            let picture = try Picture.plain(width: 32, height: 24, colour: colour, alpha: alpha)
            for format in OutputFormat.allCases where !alpha || format.carriesAlpha {
                try warmUp(picture, format, renderer, withSteps: format == .png)
            }
        }
    }

    /// Names and versions of the libraries that decide about pixels: part of the pipeline version.
    package static var versions: String { unsafe String(cString: CVipsShim_versions()) }

    private static func warmUp(
        _ picture: borrowing Picture, _ format: OutputFormat, _ renderer: Renderer, withSteps: Bool
    ) throws(ImagingError) {
        var recipe = Recipe(width: 16, height: 16, fit: .cover, format: .fallback)
        if withSteps {
            recipe.gravity = .attention
            recipe.blurHundredths = 100
            recipe.sharpenHundredths = 100
            recipe.rotation = .quarter
        }
        let size = PixelSize(width: picture.width, height: picture.height)
        let options = renderer.options(recipe, format, size)
        let encoded = try EncodedImage(picture, size: size, as: format, options: options)
        let limits = JobLimits(inputTypes: EnumSet(ImageType.allCases))
        try encoded.withBytes { bytes throws(ImagingError) in
            try unsafe bytes.withUnsafeBytes { bytes throws(ImagingError) in
                let original = try unsafe Original(bytes, limits: limits)
                var (renderer, marked) = (renderer, recipe)
                if withSteps {
                    renderer.overlay = try DecodedOverlay(
                        original, placement: Watermark.Placement())
                    marked.watermark = 1
                }
                _ = try renderer.render(original, marked)
            }
        }
    }
}
