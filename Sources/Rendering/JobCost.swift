internal import Coalescing
internal import ImageIndex
internal import Rendition
internal import WorkerLink

/// Estimated microseconds of one worker. Measured on one core of the machine the design was
/// measured on; how far they are off elsewhere the queue finds out by itself, so what matters
/// is their proportion.
///
/// Sums are of floating point: they come from what a file says of itself, and nothing that it says
/// is a trap.
extension BatchQueue.Cost {
    /// Decoding an original as far as a rendition of `output` pixels needs it, and encoding that.
    init(rendition order: RenditionOrder, limits: OutputLimits, from master: MasterPlan?) {
        let recipe = order.recipe
        let size = recipe.outputSize(source: order.size, limits: limits)
        let pixels = Double(order.size.pixels)
        let final = Double(size.final.pixels)
        let colours =
            order.original.isFar ? 10_000 + 0.04 * min(pixels, Double(MasterPlan.pixels)) : 0
        let decoding =
            master?.readingMicroseconds
            ?? Self.decoding(
                order.original.type, pixels: pixels, bytes: Double(order.original.byteCount))
            + colours
        let allFrames = Double(max(1, order.original.frames))
        let frames = recipe.animated ? allFrames : 1
        // Where all of it took far longer than its like when it came in, so will this.
        let measured =
            master != nil ? 0 : Double(order.original.processorTime.value) * frames / allFrames
        let usual = decoding * frames
        let work =
            final * (Self.encoding(recipe) + Self.filtering(recipe))
            + Double(size.resized.pixels) * (recipe.enlarge ? 0.045 : 0.005)
        self.init(
            shared: UInt64(capping: 500 + (measured > 4 * usual ? measured : usual)),
            // To trim looks at all of what is decoded.
            own: UInt64(
                capping: 1500 + frames * work
                    + (recipe.trim > 0 && master == nil ? pixels * 0.2 : 0)))
    }

    /// Decoding all of an upload, of which no more is known yet.
    init(probeOf byteCount: Int) {
        self.init(shared: 0, own: UInt64(capping: 3000 + Double(byteCount) / 22))
    }

    private static func decoding(_ type: MediaType, pixels: Double, bytes: Double) -> Double {
        switch type.description {
        // Entropy decoding goes by bytes, the rest by pixels.
        case "image/jpeg": bytes / 120 + pixels / 1000
        case "image/png": pixels * 0.027
        case "image/webp": pixels * 0.012
        default: pixels * 0.025
        }
    }

    /// Of each pixel. A quality that is looked for is tried on a sample of them.
    private static func encoding(_ recipe: Recipe) -> Double {
        let once: Double =
            switch recipe.format {
            case .negotiated, .fallback, .explicit(.jpeg): 0.025
            case .explicit(.webp): 0.14
            case .explicit(.png): 0.12
            case .explicit(.gif): 1.5
            case .explicit(.jxl): 0.15
            case .explicit(.avif): 0.2
            }
        let isAutomatic = recipe.quality == Recipe.automaticQuality
        return once * (isAutomatic ? 2 : 1) + (recipe.maxBytes > 0 ? 2 * once : 0)
    }

    /// Of each pixel, whatever the radius.
    private static func filtering(_ recipe: Recipe) -> Double {
        (recipe.blurHundredths > 0 ? 0.05 : 0) + (recipe.sharpenHundredths > 0 ? 0.03 : 0)
    }

    /// Where somebody waits for it.
    var lane: Lane { sum <= 120_000 ? .small : .large }
}

extension UInt64 {
    /// An hour at most; what is no number or less than nothing is 0.
    fileprivate init(capping microseconds: Double) {
        self = microseconds > 0 ? UInt64(Swift.min(microseconds, 3.6e9)) : 0
    }
}
