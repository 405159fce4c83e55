/// How a picture meets its box: the words of CSS `object-fit` and sharp.
package enum Fit: UInt8, CaseIterable, Hashable, Sendable {
    /// As large as fits into the box.
    case inside = 0
    /// Fills the box, the overhang is cropped.
    case cover = 1
    /// As large as fits, padded with the background to the box.
    case contain = 2
    /// Stretched to the box.
    case fill = 3
    /// As small as covers the box, nothing cropped.
    case outside = 4

    package var word: StaticString {
        switch self {
        case .inside: "inside"
        case .cover: "cover"
        case .contain: "contain"
        case .fill: "fill"
        case .outside: "outside"
        }
    }
}
