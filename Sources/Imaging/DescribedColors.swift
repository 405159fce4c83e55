internal import Containers

/// Colours described by numbers: where red, green, blue and white lie, and by which curve a channel
/// becomes light.
struct DescribedColors: Equatable {
    /// CIE 1931 x and y.
    struct Chromaticities: Equatable {
        var red: [Double]
        var green: [Double]
        var blue: [Double]
        var white: [Double]
    }

    enum Curve: Equatable {
        case srgb
        case gamma(Double)
        /// Light brighter than a screen's, laid into what it can show.
        case pq
        case hlg
    }

    var primaries: Chromaticities
    var curve: Curve

    /// The numbers of H.273; what is unspecified, or unknown to us, is as sRGB has it.
    ///
    /// The curves of cameras for television (1, 6, 14, 15) are taken for sRGB's, as browsers do:
    /// nobody looks at such a picture by the inverse of what a camera does.
    init(_ points: CodePoints) {
        primaries = Self.primaries(points.primaries)
        curve =
            switch points.transfer {
            case 4: .gamma(2.2)
            case 5: .gamma(2.8)
            case 8: .gamma(1)
            case 16: .pq
            case 17: .gamma(2.6)
            case 18: .hlg
            default: .srgb
            }
    }

    init(primaries: Chromaticities, curve: Curve) {
        (self.primaries, self.curve) = (primaries, curve)
    }

    /// Nothing is to be done to them.
    var isSRGB: Bool {
        curve == .srgb && primaries.isClose(to: Self.srgbPrimaries)
    }

    /// Light brighter than a screen's.
    var isHighRange: Bool { curve == .pq || curve == .hlg }

    static let srgbPrimaries = primaries(1)

    private static func primaries(_ number: UInt16) -> Chromaticities {
        let d65 = [0.3127, 0.3290]
        let (red, green, blue, white): ([Double], [Double], [Double], [Double]) =
            switch number {
            case 4: ([0.67, 0.33], [0.21, 0.71], [0.14, 0.08], [0.310, 0.316])
            case 5: ([0.64, 0.33], [0.29, 0.60], [0.15, 0.06], d65)
            case 6, 7: ([0.630, 0.340], [0.310, 0.595], [0.155, 0.070], d65)
            case 8: ([0.681, 0.319], [0.243, 0.692], [0.145, 0.049], [0.310, 0.316])
            case 9: ([0.708, 0.292], [0.170, 0.797], [0.131, 0.046], d65)
            case 11: ([0.680, 0.320], [0.265, 0.690], [0.150, 0.060], [0.314, 0.351])
            case 12: ([0.680, 0.320], [0.265, 0.690], [0.150, 0.060], d65)
            case 22: ([0.630, 0.340], [0.295, 0.605], [0.155, 0.077], d65)
            default: ([0.64, 0.33], [0.30, 0.60], [0.15, 0.06], d65)
            }
        return Chromaticities(red: red, green: green, blue: blue, white: white)
    }

    /// Red's and blue's share of the luminance of white.
    var shares: (red: Double, blue: Double) {
        guard let matrix = primaries.toXYZ else { return (0.2126, 0.0722) }
        return (matrix[1][0], matrix[1][2])
    }
}
