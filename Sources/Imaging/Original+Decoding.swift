internal import Rendition
internal import WorkerLink

extension Original {
    /// What is left to the resampler is at least this much: the decoders' own filters are boxes,
    /// and a box just above the final size costs up to 1 dB (2: what `vips_thumbnail` leaves).
    private static let leastResidual = 1.15

    /// How to decode a picture that is to become `target`, in pixels as stored.
    func decoding(for target: PixelSize) -> Decoding {
        let factor = min(
            Double(stored.width) / Double(target.width),
            Double(stored.height) / Double(target.height))
        var decoding = Decoding()
        switch facts.type {
        case .jpeg:
            decoding.shrink = [8, 4, 2].first { Self.leaves(factor / Double($0)) } ?? 1
        case .webp where factor > 2:
            decoding.scale = 2 / factor
        default: break
        }
        return decoding
    }

    static func leaves(_ residual: Double) -> Bool {
        residual == 1 || residual >= leastResidual
    }
}

extension Decoding {
    /// The size that a picture of `stored` pixels has been decoded to, before rounding. libjpeg
    /// leaves out what is less than a pixel; libwebp scales to whole pixels.
    func span(of stored: PixelSize, decoded: borrowing Picture) -> (width: Double, height: Double) {
        guard shrink > 1 else { return decoded.span }
        return (Double(stored.width) / Double(shrink), Double(stored.height) / Double(shrink))
    }
}
