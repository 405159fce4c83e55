/// What a crop keeps (`cover`), and where the picture lies in its padding (`contain`).
package enum Gravity: Hashable, Sendable {
    case compass(Compass)
    /// Where the eye goes: skin, saturation, edges (`VIPS_INTERESTING_ATTENTION`).
    case attention
    /// Where most detail is (`VIPS_INTERESTING_ENTROPY`).
    case entropy
    /// Thousandths of width and height from the top left corner, 0…1000.
    case focalPoint(x: UInt16, y: UInt16)

    package static let center = Gravity.compass(.center)
    package static let scale = 1000

    package enum Compass: UInt8, CaseIterable, Hashable, Sendable {
        case center = 0
        case north = 1
        case northeast = 2
        case east = 3
        case southeast = 4
        case south = 5
        case southwest = 6
        case west = 7
        case northwest = 8

        package var word: StaticString {
            switch self {
            case .center: "center"
            case .north: "north"
            case .northeast: "northeast"
            case .east: "east"
            case .southeast: "southeast"
            case .south: "south"
            case .southwest: "southwest"
            case .west: "west"
            case .northwest: "northwest"
            }
        }

        /// The same crop as a focal point, in thousandths: crops are clamped to the picture.
        package var focalPoint: (x: UInt16, y: UInt16) {
            switch self {
            case .center: (500, 500)
            case .north: (500, 0)
            case .northeast: (1000, 0)
            case .east: (1000, 500)
            case .southeast: (1000, 1000)
            case .south: (500, 1000)
            case .southwest: (0, 1000)
            case .west: (0, 500)
            case .northwest: (0, 0)
            }
        }
    }

    /// The kinds a policy can enable.
    package enum Kind: UInt8, CaseIterable, Hashable, Sendable {
        case compass = 0
        case focalPoint = 1
        case attention = 2
        case entropy = 3
    }

    package var kind: Kind {
        switch self {
        case .compass: .compass
        case .focalPoint: .focalPoint
        case .attention: .attention
        case .entropy: .entropy
        }
    }

    /// The point a crop is centred on as far as the picture reaches; `nil` when the pixels decide.
    package var anchor: (x: UInt16, y: UInt16)? {
        switch self {
        case .compass(let point): point.focalPoint
        case .focalPoint(let x, let y): (x, y)
        case .attention, .entropy: nil
        }
    }
}
