/// The options of a rendition's URL. The raw values are their canonical order, which is that of the
/// alphabet: caches and gateways that sort a query change nothing of it.
package enum RecipeOption: UInt8, CaseIterable, Hashable, Sendable {
    case animated = 0
    case background = 1
    case blur = 2
    case dpr = 3
    case enlarge = 4
    case fit = 5
    case flip = 6
    case gravity = 7
    case maxbytes = 8
    case preset = 9
    case quality = 10
    case rotate = 11
    case sharpen = 12
    case trim = 13
    case watermark = 14

    package var word: StaticString {
        switch self {
        case .animated: "animated"
        case .background: "background"
        case .blur: "blur"
        case .dpr: "dpr"
        case .enlarge: "enlarge"
        case .fit: "fit"
        case .flip: "flip"
        case .gravity: "gravity"
        case .maxbytes: "maxbytes"
        case .preset: "preset"
        case .quality: "quality"
        case .rotate: "rotate"
        case .sharpen: "sharpen"
        case .trim: "trim"
        case .watermark: "watermark"
        }
    }

    static let count = allCases.count

    /// Whether it says how a picture meets its box, so that without a box it says nothing.
    package var needsBox: Bool {
        switch self {
        case .fit, .gravity, .enlarge, .dpr: true
        default: false
        }
    }

    /// What its value must be, to follow "must be".
    package var rule: String {
        switch self {
        case .fit: "inside, cover, contain, fill or outside"
        case .gravity:
            """
            a compass point (center, north, northeast …), attention, entropy or x,y in 0…1 with \
            at most 3 decimals
            """
        case .enlarge, .animated: "1"
        case .dpr: "1 to 4 in steps of 0.5"
        case .background: "6 or 8 hex digits, rrggbb or rrggbbaa"
        case .quality: "a whole number from 1 to 100, or auto"
        case .maxbytes: "a whole number from 1000 to 10000000"
        case .trim: "a whole number from 1 to 100"
        case .rotate: "90, 180 or 270"
        case .flip: "h, v or hv"
        case .blur: "a number from 0.3 to 100 with at most 2 decimals"
        case .sharpen: "a number from 0.3 to 10 with at most 2 decimals"
        case .watermark, .preset: "a name of small letters, digits and hyphens"
        }
    }
}
