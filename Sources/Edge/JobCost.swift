internal import Coalescing
internal import ImageIndex
internal import Rendition
internal import WorkerLink

/// Estimated microseconds of one worker. Measured on one core of the machine the design was
/// measured on; how far they are off elsewhere the queue finds out by itself, so what matters
/// is their proportion.
extension BatchQueue.Cost {
    /// Decoding an original as far as a rendition of `output` pixels needs it, and encoding that.
    init(rendition order: RenditionOrder, limits: OutputLimits, fromMaster: Bool) {
        let final = order.recipe.outputSize(source: order.size, limits: limits).final
        let pixels = order.size.pixels
        let bytes = UInt64(max(0, order.original.byteCount))
        let decoding: UInt64 =
            if fromMaster {
                MasterPlan.pixels * 9 / 1000
            } else {
                Self.decoding(order.original.type, pixels: pixels, bytes: bytes)
            }
        let frames = order.recipe.animated ? UInt64(max(1, order.original.frames)) : 1
        let isSearched =
            order.recipe.quality == Recipe.automaticQuality || order.recipe.maxBytes > 0
        let encodings: UInt64 = isSearched ? 6 : 1
        self.init(
            shared: 500 + decoding * frames,
            own: 1500 + frames * final.pixels * encodings * Self.encoding(order.recipe.format)
                / 1000)
    }

    /// Decoding all of an upload, of which no more is known yet.
    init(probeOf byteCount: Int) {
        self.init(shared: 0, own: 3000 + UInt64(max(0, byteCount)) / 22)
    }

    private static func decoding(_ type: MediaType, pixels: UInt64, bytes: UInt64) -> UInt64 {
        switch type.description {
        // Entropy decoding goes by bytes, the rest by pixels.
        case "image/jpeg": bytes / 120 + pixels / 1000
        case "image/png": pixels * 27 / 1000
        case "image/webp": pixels * 12 / 1000
        default: pixels * 25 / 1000
        }
    }

    /// Nanoseconds a pixel.
    private static func encoding(_ format: FormatChoice) -> UInt64 {
        switch format {
        case .negotiated, .fallback, .explicit(.jpeg): 25
        case .explicit(.webp): 110
        case .explicit(.png), .explicit(.gif): 120
        case .explicit(.jxl): 150
        case .explicit(.avif): 300
        }
    }

    /// Where somebody waits for it.
    var lane: Lane { sum <= 120_000 ? .small : .large }
}
