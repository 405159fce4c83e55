/// What a rendition can be encoded as. The raw values stand in keys and frames: never renumber.
package enum OutputFormat: UInt8, CaseIterable, Hashable, Sendable {
    case jpeg = 1
    case png = 2
    case webp = 3
    case avif = 4
    case jxl = 5
    case gif = 6

    /// As in the canonical URL, without the dot.
    package var fileExtension: StaticString {
        switch self {
        case .jpeg: "jpg"
        case .png: "png"
        case .webp: "webp"
        case .avif: "avif"
        case .jxl: "jxl"
        case .gif: "gif"
        }
    }

    package var mediaType: StaticString {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .webp: "image/webp"
        case .avif: "image/avif"
        case .jxl: "image/jxl"
        case .gif: "image/gif"
        }
    }

    /// Whether transparency survives in it; else it is laid on the recipe's background.
    package var carriesAlpha: Bool { self != .jpeg }
}
