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
