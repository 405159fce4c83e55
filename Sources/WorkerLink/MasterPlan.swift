package import Rendition

/// The master of an original: the whole picture upright, in the output's colours and 8 bits a
/// channel, small enough to be decoded in a few milliseconds and large enough for what browsers
/// mostly ask for.
///
/// There is one where it saves enough of what reading the original costs, by an estimate of its
/// type, size and colours: of most photos of 1.3 megapixels and more, of small ones with a profile
/// of their own, of inks or 16 bits, of PNG and AVIF above 0.6 megapixels.
///
/// Measured on eight photos of 2 to 12 megapixels with JPEG at quality 92 and whole chroma:
/// renditions of 100 to 512 pixels are as near to a Lanczos reference as those of the original, at
/// 800 they are 0.1 dB and at 1000 pixels 0.2 dB below, and they cost a quarter. Half chroma would
/// cost 0.3 dB more at 800, and masters of twice the pixels would win nothing below 512 and cost 40
/// % more. Renditions of fourteen drawings lose 0.2 of SSIMULACRA2 as JPEG and 0.4 as WebP against
/// those of a master without loss, one of them 6 as WebP.
package struct MasterPlan: Hashable, Sendable {
    /// As displayed.
    package let size: PixelSize
    /// Alpha is kept without loss.
    package let isLossless: Bool
    /// Of a JPEG; full chroma from 90 on. Higher where no pixels are averaged that would hide what
    /// it does to them.
    package let quality: UInt8

    /// Of the decoder's work, which is what a master saves: 1024 × 768.
    package static let pixels: UInt64 = 786_432
    /// With both sides rounded, of however narrow a picture.
    package static let mostPixels = 2 * pixels
    /// Renditions of at least this quality are made of the original, unless each of their pixels
    /// is the mean of two or more of the master's, which hides what its encoder did.
    package static let leastFaithfulQuality: UInt8 = 90

    /// Whether these bytes can be a master's: a whole JPEG or WebP of no more pixels than one has.
    package static func isMaster(_ bytes: [UInt8]) -> Bool {
        let content = unsafe bytes.span.bytes
        let size =
            EncodedFile.size(content, as: .jpeg) ?? EncodedFile.size(content, as: .webp)
        return size.map { $0.pixels <= mostPixels } ?? false
    }

    /// `nil` where a master would save too little, or show only one of the frames.
    package init?(of facts: ImageFacts) {
        let pixels = UInt64(facts.width) * UInt64(facts.height)
        guard facts.frames <= 1, pixels > 0 else { return nil }
        let scale = min(1, (Double(Self.pixels) / Double(pixels)).squareRoot())
        func scaled(_ side: UInt32) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        size = PixelSize(width: scaled(facts.width), height: scaled(facts.height))
        isLossless = facts.hasAlpha
        quality = scale < 1 ? 92 : 95
        guard max(size.width, size.height) <= OutputLimits.encoderSide,
            facts.readingMicroseconds >= 4000 + 1.5 * readingMicroseconds
        else { return nil }
    }

    /// As if what is left of a master without its border were one itself.
    package init(restOf size: PixelSize, isLossless: Bool) {
        (self.size, self.isLossless, quality) = (size, isLossless, 92)
    }

    /// About, of a worker.
    package var readingMicroseconds: Double {
        Double(size.pixels) * (isLossless ? 0.04 : 0.009)
    }

    /// Whether the master serves a rendition whose picture is scaled to `resized` before it is cut
    /// or padded, without a loss that shows. To trim, it may turn out to have too few pixels of
    /// what is left.
    package func serves(
        _ recipe: Recipe, resized: PixelSize, quality: QualityDefaults
    ) -> Bool {
        let (width, height) =
            recipe.rotation.swapsSides
            ? (resized.height, resized.width) : (resized.width, resized.height)
        guard width <= size.width, height <= size.height else { return false }
        if isLossless { return true }
        let format = recipe.format.resolved(hasAlpha: false) ?? .jpeg
        let isMean = UInt64(width) * UInt64(height) <= size.pixels / 2
        return format.isLossy
            && (isMean
                || quality.quality(of: recipe, as: format, at: resized)
                    < Self.leastFaithfulQuality)
    }
}

extension ImageFacts {
    /// About, of a worker: decoding all of it, and conversion of its colours.
    fileprivate var readingMicroseconds: Double {
        let pixel =
            switch type {
            case .jpeg: 0.012
            case .webp: 0.014
            case .gif, .tiff, .bmp: 0.015
            case .png: 0.025
            case .avif: 0.03
            case .heic, .jxl: 0.04
            }
        let pixels = Double(width) * Double(height)
        return pixels * pixel + (isFar ? 10_000 + 0.04 * min(pixels, Double(MasterPlan.pixels)) : 0)
    }
}

extension OutputFormat {
    fileprivate var isLossy: Bool {
        switch self {
        case .jpeg, .webp, .avif, .jxl: true
        case .png, .gif: false
        }
    }
}
