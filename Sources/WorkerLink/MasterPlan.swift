package import Rendition

/// The master of an original: the whole picture upright, in plain sRGB, small enough to be decoded
/// in a few milliseconds and large enough for what browsers mostly ask for.
///
/// Measured on eight photos of 2 to 12 megapixels with JPEG at quality 92 and whole chroma:
/// renditions of 100 to 512 pixels are as near to a Lanczos reference as those of the original, at
/// 800 they are 0.1 dB and at 1000 pixels 0.2 dB below, and they cost a quarter. Half chroma would
/// cost 0.3 dB more at 800, and masters of twice the pixels would win nothing below 512 and cost 40
/// % more.
package struct MasterPlan: Hashable, Sendable {
    /// As displayed.
    package let size: PixelSize
    /// Graphics and alpha are kept without loss, so that their renditions may be, too.
    package let isLossless: Bool

    /// Of the decoder's work, which is what a master saves: 1024 × 768.
    package static let pixels: UInt64 = 786_432
    /// With both sides rounded, of however narrow a picture.
    package static let mostPixels = 2 * pixels
    /// Of a JPEG. Full chroma from 90 on.
    package static let quality: UInt8 = 92
    /// Renditions of at least this quality are made of the original.
    package static let leastFaithfulQuality: UInt8 = 90

    /// Whether these bytes can be a master's: a whole JPEG or WebP of no more pixels than one has.
    package static func isMaster(_ bytes: [UInt8]) -> Bool {
        let content = unsafe bytes.span.bytes
        let size =
            EncodedFile.size(content, as: .jpeg) ?? EncodedFile.size(content, as: .webp)
        return size.map { $0.pixels <= mostPixels } ?? false
    }

    /// `nil` where a master would save too little, or show only one of the frames.
    package init?(
        width: UInt32, height: UInt32, frames: UInt32, isLossyType: Bool, hasAlpha: Bool
    ) {
        let pixels = UInt64(width) * UInt64(height)
        guard frames <= 1, width > 0, pixels >= 2 * Self.pixels else { return nil }
        let scale = (Double(Self.pixels) / Double(pixels)).squareRoot()
        func scaled(_ side: UInt32) -> Int { max(1, Int((Double(side) * scale).rounded())) }
        let side = (scaled(width), scaled(height))
        guard max(side.0, side.1) <= OutputLimits.encoderSide else { return nil }
        size = PixelSize(width: side.0, height: side.1)
        isLossless = hasAlpha || !isLossyType
    }

    package init?(of facts: ImageFacts) {
        self.init(
            width: facts.width, height: facts.height, frames: facts.frames,
            isLossyType: facts.type.isLossy, hasAlpha: facts.hasAlpha)
    }

    /// Whether the master serves a rendition whose picture is scaled to `resized` before it is cut
    /// or padded, without a loss that shows.
    package func serves(
        _ recipe: Recipe, resized: PixelSize, quality: QualityDefaults
    ) -> Bool {
        // A border is measured in the original's pixels.
        guard recipe.trim == 0 else { return false }
        let (width, height) =
            recipe.rotation.swapsSides
            ? (resized.height, resized.width) : (resized.width, resized.height)
        guard width <= size.width, height <= size.height else { return false }
        if isLossless { return true }
        let format = recipe.format.resolved(hasAlpha: false) ?? .jpeg
        return format.isLossy
            && quality.quality(of: recipe, as: format, at: resized)
                < Self.leastFaithfulQuality
    }
}

extension ImageType {
    /// Whether its pixels have mostly been through a lossy encoder before.
    package var isLossy: Bool {
        switch self {
        case .jpeg, .webp, .avif, .heic, .jxl: true
        case .png, .gif, .tiff, .bmp: false
        }
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
