internal import Glibc

/// Light of pictures for screens brighter than most (BT.2100), laid into what every screen shows.
///
/// By channel, along Reinhard's extended curve (2002, equation 4): 203 cd/m², which is white paper
/// (BT.2408), is half of a screen's light, and the 1000 cd/m² that such pictures are mostly graded
/// for are its white.
enum HighRange {
    private static let paper = 203.0
    private static let peak = 1000.0

    static func screenLight(ofPQ signal: Double) -> Double {
        let (m1, m2) = (2610.0 / 16384, 2523.0 / 4096 * 128)
        let (c1, c2, c3) = (3424.0 / 4096, 2413.0 / 4096 * 32, 2392.0 / 4096 * 32)
        let power = pow(signal, 1 / m2)
        return toned(10_000 * pow(max(power - c1, 0) / (c2 - c3 * power), 1 / m1))
    }

    static func screenLight(ofHLG signal: Double) -> Double {
        let (a, b, c) = (0.17883277, 0.28466892, 0.55991073)
        let scene = signal <= 0.5 ? signal * signal / 3 : (exp((signal - c) / a) + b) / 12
        return toned(peak * pow(scene, 1.2))
    }

    private static func toned(_ light: Double) -> Double {
        let (value, white) = (light / paper, peak / paper)
        return min(1, value * (1 + value / (white * white)) / (1 + value))
    }
}
