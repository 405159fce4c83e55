internal import CVipsShim
internal import Rendition
internal import WorkerLink

/// How much of an original is decoded, and in which order.
struct Decoding: Equatable {
    /// JPEG: both sides divided by 1, 2, 4 or 8 while decoding.
    var shrink = 1
    /// WebP: the same, by any factor up to 1.
    var scale = 1.0
    var allFrames = false
    /// The pixels are asked for once, from top to bottom: then few are in memory at a time.
    var sequential = true
    /// JPEG: data that is missing is no picture.
    var failsOnWarnings = false
    /// Fields without pixels, where a decoder makes all of these at once.
    var onlyHead = false
}

extension Decoding {
    /// What is left to the resampler is at least this much: the decoders' own filters are boxes,
    /// and a box just above the final size costs 2 dB.
    private static let leastResidual = 2.0
    /// Pictures of so few pixels are decoded whole: it takes milliseconds, and all sizes share it.
    private static let wholePixels: UInt64 = 1_600_000

    /// How to decode a picture of `pixels` that is to become `target`, both as stored. It depends
    /// on nothing else: not on what else is asked for, nor on what a worker holds, so that a
    /// rendition is the same bytes whenever it is made. There are four ways, and sizes share them.
    init(of type: ImageType, pixels: PixelSize, for target: PixelSize, linear: Bool) {
        // Decoders shrink in the gamma of the file.
        let isWhole = linear || pixels.pixels <= Self.wholePixels
        self =
            isWhole ? Self() : Self(shrinking: type, pixels, to: Self.leastResidual, of: target)
    }

    /// How to decode for one look at it, which nothing is shared with, for means of what lies in
    /// each of as many parts as `target` has pixels. The decoder reads every byte there is all the
    /// same: what is cut off or broken shows at any size.
    init(ofGlanceAt type: ImageType, pixels: PixelSize, for target: PixelSize) {
        self.init(shrinking: type, pixels, to: 1, of: target)
    }

    /// How to decode for a look at the borders, and for what is then made of the rest where that
    /// has pixels enough: as large as a master.
    init(ofBordersOf type: ImageType, pixels: PixelSize, linear: Bool) {
        let isWhole = linear || pixels.pixels <= Self.wholePixels
        let share = (Double(pixels.pixels) / Double(Self.borderPixels)).squareRoot()
        let target = PixelSize(
            width: max(1, Int(Double(pixels.width) / share)),
            height: max(1, Int(Double(pixels.height) / share)))
        self = isWhole ? Self() : Self(shrinking: type, pixels, to: 1, of: target)
    }

    private static let borderPixels: UInt64 = 600_000

    /// To at least `multiple` times `target`.
    private init(
        shrinking type: ImageType, _ pixels: PixelSize, to multiple: Double, of target: PixelSize
    ) {
        self.init()
        let factor = min(
            Double(pixels.width) / Double(target.width),
            Double(pixels.height) / Double(target.height))
        let found = [8, 4, 2].first { factor / Double($0) >= multiple } ?? 1
        switch type {
        case .jpeg: shrink = found
        case .webp: scale = 1 / Double(found)
        default: break
        }
    }

    /// Whether the decoder makes fewer pixels than there are, by their means.
    var isReduced: Bool { shrink > 1 || scale < 1 }

    /// The size that a picture of `stored` pixels has been decoded to, before rounding. libjpeg
    /// leaves out what is less than a pixel; libwebp scales to whole pixels.
    func span(of stored: PixelSize, decoded: borrowing Picture) -> CVipsShim_Span {
        var span = decoded.span
        span.isMean = isReduced
        guard shrink > 1 else { return span }
        span.width = Double(stored.width) / Double(shrink)
        span.height = Double(stored.height) / Double(shrink)
        return span
    }
}
