/// What a worker found out about an original by decoding it.
package struct ImageFacts: Hashable, Sendable {
    package var type: ImageType
    /// Pixels as displayed, after EXIF orientation.
    package var width: UInt32
    package var height: UInt32
    /// EXIF orientation as stored, 1…8; 1 where there is none.
    package var orientation: UInt8
    /// 1 unless animated or of several pages.
    package var frames: UInt32
    package var hasAlpha: Bool
    package var colorSpace: ColorSpace
    /// Whether its colours have to go through a profile, or its samples are of more than 8 bits:
    /// what is shown of it costs more than its pixels say.
    package var isFar: Bool
    /// Of one channel: 1, 2, 4, 8, 10, 12, 16 or 32.
    package var bitDepth: UInt8
    package var isProgressive: Bool
    /// Seconds since 1970 as the camera's clock had it, read as UTC.
    package var capturedAt: Int64?
    /// Once its pixels were seen.
    package var likeness: Likeness?
    /// What proving it took of the processor. In no frame: the edge measures it.
    package var processorMicroseconds: UInt32?

    package init(
        type: ImageType, width: UInt32, height: UInt32, orientation: UInt8 = 1, frames: UInt32 = 1,
        hasAlpha: Bool = false, colorSpace: ColorSpace = .srgb, isFar: Bool = false,
        bitDepth: UInt8 = 8, isProgressive: Bool = false, capturedAt: Int64? = nil,
        likeness: Likeness? = nil
    ) {
        self.type = type
        (self.width, self.height, self.orientation) = (width, height, orientation)
        (self.frames, self.hasAlpha) = (frames, hasAlpha)
        (self.colorSpace, self.isFar, self.bitDepth) = (colorSpace, isFar, bitDepth)
        (self.isProgressive, self.capturedAt) = (isProgressive, capturedAt)
        self.likeness = likeness
    }
}

/// What an original is, judged by its content. Raw values stand in frames: never renumber.
package enum ImageType: UInt8, CaseIterable, Hashable, Sendable {
    case jpeg = 1
    case png = 2
    case webp = 3
    case gif = 4
    case avif = 5
    case heic = 6
    case tiff = 7
    case jxl = 8
    case bmp = 9

    package var word: StaticString {
        switch self {
        case .jpeg: "jpeg"
        case .png: "png"
        case .webp: "webp"
        case .gif: "gif"
        case .avif: "avif"
        case .heic: "heic"
        case .tiff: "tiff"
        case .jxl: "jxl"
        case .bmp: "bmp"
        }
    }

    package var mediaType: StaticString {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .gif: "image/gif"
        case .avif: "image/avif"
        case .heic: "image/heic"
        case .tiff: "image/tiff"
        case .jxl: "image/jxl"
        case .bmp: "image/bmp"
        }
    }

    package init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word.description == word })
        else { return nil }
        self = found
    }
}

/// How an original's pixels are to be read. Raw values stand in frames: never renumber.
package enum ColorSpace: UInt8, CaseIterable, Hashable, Sendable {
    case srgb = 1
    case grey = 2
    case cmyk = 3
    case lab = 4
    case rgb16 = 5
    case grey16 = 6
    case other = 7

    package var word: StaticString {
        switch self {
        case .srgb: "srgb"
        case .grey: "grey"
        case .cmyk: "cmyk"
        case .lab: "lab"
        case .rgb16: "rgb16"
        case .grey16: "grey16"
        case .other: "other"
        }
    }

    package init?(word: String) {
        guard let found = Self.allCases.first(where: { $0.word.description == word })
        else { return nil }
        self = found
    }
}

/// How a picture looks from afar, the right way up: what a page shows until it is there, and what
/// it is found again by when it was resized or recompressed.
package struct Likeness: Hashable, Sendable {
    package static let maxThumbHashBytes = 25

    /// By the public ThumbHash algorithm (Evan Wallace): 5 to 25 bytes.
    package let thumbHash: [UInt8]
    /// 0xRRGGBB; `nil` where nothing of the picture is opaque.
    package let dominantColor: UInt32?
    /// Of the lowest 64 frequencies of its brightness: near pictures differ in few bits.
    package let perceptualHash: UInt64

    package init(thumbHash: [UInt8], dominantColor: UInt32?, perceptualHash: UInt64) {
        precondition(thumbHash.count <= Self.maxThumbHashBytes, "no ThumbHash")
        precondition(dominantColor ?? 0 <= 0xFF_FFFF, "no colour")
        (self.thumbHash, self.dominantColor) = (thumbHash, dominantColor)
        self.perceptualHash = perceptualHash
    }
}
