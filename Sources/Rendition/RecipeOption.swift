/// The options of a rendition's URL. The raw values are their canonical order.
package enum RecipeOption: UInt8, CaseIterable, Hashable, Sendable {
    case fit = 0
    case gravity = 1
    case enlarge = 2
    case dpr = 3
    case background = 4
    case quality = 5
    case maxbytes = 6
    case rotate = 7
    case flip = 8
    case blur = 9
    case sharpen = 10
    case trim = 11
    case animated = 12
    case watermark = 13
    case preset = 14

    package var word: StaticString {
        switch self {
        case .fit: "fit"
        case .gravity: "gravity"
        case .enlarge: "enlarge"
        case .dpr: "dpr"
        case .background: "background"
        case .quality: "quality"
        case .maxbytes: "maxbytes"
        case .rotate: "rotate"
        case .flip: "flip"
        case .blur: "blur"
        case .sharpen: "sharpen"
        case .trim: "trim"
        case .animated: "animated"
        case .watermark: "watermark"
        case .preset: "preset"
        }
    }

    static let count = 15

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
