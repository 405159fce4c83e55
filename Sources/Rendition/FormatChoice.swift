/// The format as the recipe has it, from the URL to the key.
///
/// A URL without extension asks for `.negotiated`; `Negotiation` turns that into an explicit format
/// or `.fallback` before the key is made. `.fallback` is a value of its own in the key: only the
/// worker, which sees the pixels, knows which of the two it is, and a hit needs no second lookup.
package enum FormatChoice: Hashable, Sendable {
    /// Not decided yet: never in a key, never sent to a worker.
    case negotiated
    /// JPEG if the picture is opaque, PNG if it has alpha.
    case fallback
    case explicit(OutputFormat)

    /// Stands in keys and frames: 0 negotiated, 255 fallback, else the format's raw value.
    package var code: UInt8 {
        switch self {
        case .negotiated: 0
        case .fallback: 255
        case .explicit(let format): format.rawValue
        }
    }

    package init?(code: UInt8) {
        switch code {
        case 0: self = .negotiated
        case 255: self = .fallback
        default:
            guard let format = OutputFormat(rawValue: code) else { return nil }
            self = .explicit(format)
        }
    }

    /// The format to encode, once the pixels are known. `nil` while it is still to be negotiated.
    package func resolved(hasAlpha: Bool) -> OutputFormat? {
        switch self {
        case .negotiated: nil
        case .fallback: hasAlpha ? .png : .jpeg
        case .explicit(let format): format
        }
    }
}
