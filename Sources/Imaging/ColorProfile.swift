internal import Containers

/// An ICC profile, read just far enough to tell plain sRGB from the rest (ICC.1:2022).
///
/// Judged by its numbers, not by its name: the usual sRGB profiles differ in every byte but mean
/// the same colours, and a transform that changes nothing costs up to 10 ms.
enum ColorProfile {
    /// Whether it is an RGB matrix profile with sRGB's primaries and curve.
    static func isPlainSRGB(_ profile: RawSpan) -> Bool {
        // Adapted to D50, s15Fixed16: what every sRGB profile holds within a few units of 1/65536.
        hasCurveOfSRGB(
            profile,
            [
                ("rXYZ", [0.4361, 0.2225, 0.0139]), ("gXYZ", [0.3851, 0.7169, 0.0971]),
                ("bXYZ", [0.1431, 0.0606, 0.7141]),
            ])
    }

    /// Whether it is one with Display P3's primaries and sRGB's curve.
    static func isDisplayP3(_ profile: RawSpan) -> Bool {
        hasCurveOfSRGB(
            profile,
            [
                ("rXYZ", [0.5151, 0.2412, -0.0011]), ("gXYZ", [0.2920, 0.6922, 0.0419]),
                ("bXYZ", [0.1571, 0.0666, 0.7841]),
            ])
    }

    private static func hasCurveOfSRGB(
        _ profile: RawSpan, _ primaries: [(StaticString, [Double])]
    ) -> Bool {
        guard profile.matches("RGB ", at: 16) else { return false }
        for (tag, expected) in primaries {
            guard let offset = offset(of: tag, in: profile), profile.matches("XYZ ", at: offset)
            else { return false }
            for (index, value) in expected.enumerated() {
                guard let found = fixed(profile, at: offset + 8 + 4 * index),
                    abs(found - value) < 0.002
                else { return false }
            }
        }
        // A lookup table would come before the matrix.
        guard offset(of: "A2B0", in: profile) == nil else { return false }
        let curves: [StaticString] = ["rTRC", "gTRC", "bTRC"]
        return curves.allSatisfy { hasCurveOfSRGB($0, profile) }
    }

    /// Whether its only table is the one for the perceptual intent: libvips ignores a profile that
    /// is asked for an intent it has no table for.
    static func isOnlyPerceptual(_ profile: RawSpan) -> Bool {
        offset(of: "A2B0", in: profile) != nil && offset(of: "A2B1", in: profile) == nil
    }

    private static func hasCurveOfSRGB(_ tag: StaticString, _ profile: RawSpan) -> Bool {
        guard let offset = offset(of: tag, in: profile) else { return false }
        if profile.matches("para", at: offset) {
            guard profile.bigEndian16(at: offset + 8) == 3 else { return false }
            let parameters = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045]
            return parameters.enumerated().allSatisfy { index, expected in
                guard let found = fixed(profile, at: offset + 12 + 4 * index) else { return false }
                return abs(found - expected) < 0.002
            }
        }
        guard profile.matches("curv", at: offset), let count = profile.bigEndian32(at: offset + 8),
            count >= 16
        else { return false }
        // The curve at a quarter, a half and three quarters of the way.
        return [(0.25, 0.05088), (0.5, 0.21404), (0.75, 0.52252)].allSatisfy { place, expected in
            let index = Int((Double(count - 1) * place).rounded())
            guard let value = profile.bigEndian16(at: offset + 12 + 2 * index) else { return false }
            return abs(Double(value) / 65535 - expected) < 0.02 * expected + 1 / Double(count)
        }
    }

    private static func offset(of tag: StaticString, in profile: RawSpan) -> Int? {
        let count = min(Int(profile.bigEndian32(at: 128) ?? 0), 100)
        for index in 0..<count where profile.matches(tag, at: 132 + 12 * index) {
            return profile.bigEndian32(at: 136 + 12 * index).map(Int.init)
        }
        return nil
    }

    private static func fixed(_ profile: RawSpan, at offset: Int) -> Double? {
        profile.bigEndian32(at: offset).map { Double(Int32(bitPattern: $0)) / 65536 }
    }
}
