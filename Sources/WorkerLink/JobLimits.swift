package import Rendition

/// What a worker may spend on one input. Checked on the header, before anything is decoded.
package struct JobLimits: Hashable, Sendable {
    /// Width × height of one frame.
    package var inputPixels: UInt64
    /// Width × height × frames.
    package var inputFramePixels: UInt64
    package var inputSide: UInt32
    package var inputFrames: UInt32
    /// Pixels of one frame that a byte of the file may stand for; more is a bomb.
    package var inputPixelsPerByte: UInt32
    /// Processor time of the whole job; beyond it the worker is ended by SIGXCPU.
    package var processorSeconds: UInt32
    package var inputTypes: EnumSet<ImageType>
    package var output: OutputLimits

    package init(
        inputPixels: UInt64 = 100_000_000, inputFramePixels: UInt64 = 100_000_000,
        inputSide: UInt32 = 65_535, inputFrames: UInt32 = 1000,
        inputPixelsPerByte: UInt32 = 20_000, processorSeconds: UInt32 = 15,
        inputTypes: EnumSet<ImageType> = [.jpeg, .png, .webp, .gif, .avif, .heic],
        output: OutputLimits = OutputLimits()
    ) {
        (self.inputPixels, self.inputFramePixels) = (inputPixels, inputFramePixels)
        (self.inputFrames, self.inputPixelsPerByte) = (inputFrames, inputPixelsPerByte)
        self.processorSeconds = processorSeconds
        (self.inputSide, self.inputTypes, self.output) = (inputSide, inputTypes, output)
    }

    /// Of all frames of an upload together, and with that of each.
    package var inputPixelsInAll: UInt64 {
        get { inputFramePixels }
        set { (inputPixels, inputFramePixels) = (newValue, newValue) }
    }

    /// What proving a picture may take of the processor: a microsecond for a pixel of a frame and
    /// half of one for a byte, some ten times what the slowest of our decoders needs, and two
    /// seconds. What takes longer then would take longer each time.
    package func processorSeconds(toProve facts: ImageFacts, byteCount: Int) -> UInt32 {
        let pixels = UInt64(facts.width) * UInt64(facts.height) * UInt64(facts.frames)
        let seconds = 2 + pixels / 1_000_000 + UInt64(max(0, byteCount)) / 2_000_000
        return min(processorSeconds, UInt32(clamping: seconds))
    }

    /// What opening a file may take, before its pixels are known: no more than proving the smallest
    /// picture.
    package func processorSeconds(toOpen byteCount: Int) -> UInt32 {
        let seconds = 2 + UInt64(max(0, byteCount)) / 2_000_000
        return min(processorSeconds, UInt32(clamping: seconds))
    }

    /// Whether opening and proving, as the kernel has counted it, took more than that. What ends a
    /// worker counts in whole seconds, and anew for each of the two.
    package func isTooDear(_ facts: ImageFacts, byteCount: Int) -> Bool {
        let allowed = UInt64(processorSeconds(toProve: facts, byteCount: byteCount)) * 1_000_000
        return UInt64(facts.processorMicroseconds ?? 0) > allowed
    }
}

/// What the configuration says of how renditions look; the same for all of them.
package struct Style: Hashable, Sendable {
    package var quality = QualityDefaults()
    /// Originals in Display P3 stay so; all else becomes sRGB.
    package var keepsDisplayP3 = false
    /// Sizes are made in linear light, of originals decoded whole.
    package var isLinear = false
    /// Artist and copyright go along.
    package var keepsRights = true

    package init() {}

    package init(quality: QualityDefaults) { self.quality = quality }

    /// For the pipeline version.
    package var parts: [String] {
        quality.parts + [
            "p3 \(keepsDisplayP3)", "linear \(isLinear)", "rights \(keepsRights)",
        ]
    }
}

/// The quality of a format when the recipe names none, 1…100. PNG and GIF have no such setting.
///
/// The numbers are those of renditions of 640 × 427 pixels and more. Of fewer pixels the same
/// number looks worse, by more in one format than in another, so they get more by themselves: all
/// of it from a quarter of the pixels downwards.
package struct QualityDefaults: Hashable, Sendable {
    package var jpeg: UInt8
    package var webp: UInt8
    package var avif: UInt8
    package var jxl: UInt8
    /// A rendition no side of which is longer gets `smallMore` more, up to 100; 0: none does.
    package var smallSide: UInt16 = 0
    package var smallMore: UInt8 = 5

    package init(jpeg: UInt8 = 70, webp: UInt8 = 79, avif: UInt8 = 66, jxl: UInt8 = 75) {
        precondition(
            [jpeg, webp, avif, jxl].allSatisfy { 1...100 ~= $0 }, "a quality is from 1 to 100")
        (self.jpeg, self.webp, self.avif, self.jxl) = (jpeg, webp, avif, jxl)
    }

    /// For the pipeline version.
    package var parts: [String] {
        [
            "quality.jpeg \(jpeg)", "quality.webp \(webp)", "quality.avif \(avif)",
            "quality.jxl \(jxl)", "quality.small \(smallSide) \(smallMore)",
        ]
    }

    /// Of a recipe that leaves the quality to the worker, what it is about.
    package func quality(
        of recipe: Recipe, as format: OutputFormat, at size: PixelSize
    ) -> UInt8 {
        if 1...100 ~= recipe.quality { return recipe.quality }
        let (base, more): (UInt8, Double) =
            switch format {
            case .jpeg: (jpeg, 14)
            case .webp: (webp, 3)
            case .avif: (avif, 2)
            case .jxl: (jxl, 10)
            case .png, .gif: (100, 0)
            }
        let sides = (Double(size.pixels) / Self.largePixels).squareRoot()
        let share = min(max(0, 2 * (1 - sides)), 1)
        // Not to where chroma is kept whole and masters do not serve.
        let raised = max(
            base, min(base + UInt8((more * share).rounded()), MasterPlan.leastFaithfulQuality - 1))
        let isSmall = max(size.width, size.height) <= Int(smallSide)
        return isSmall ? min(100, raised + smallMore) : raised
    }

    private static let largePixels = 640.0 * 427
}
