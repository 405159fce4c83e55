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
