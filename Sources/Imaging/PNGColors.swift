internal import Containers

/// What a PNG's chunks say of its colours, in the order of precedence of the third edition (§4.3):
/// cICP, then iCCP, then sRGB, then gAMA and cHRM.
struct PNGColors {
    /// `nil` where they are plain sRGB, or only a profile says what they are.
    private(set) var described: DescribedColors?
    /// A profile in the file is not asked.
    private(set) var overridesProfile = false

    /// Reads heads of chunks up to the first pixels.
    init(_ bytes: RawSpan) {
        var (gamma, chromaticities): (Double?, DescribedColors.Chromaticities?)
        var points: CodePoints?
        var (hasProfile, isSRGB) = (false, false)
        var offset = PNGChunks.signature.count
        while let length = bytes.bigEndian32(at: offset), !bytes.matches("IDAT", at: offset + 4) {
            let content = offset + 8
            if bytes.matches("cICP", at: offset + 4), length == 4,
                let primaries = bytes.byte(at: content), let transfer = bytes.byte(at: content + 1)
            {
                points = CodePoints(
                    primaries: UInt16(primaries), transfer: UInt16(transfer), matrix: 0,
                    isFullRange: true)
            } else if bytes.matches("iCCP", at: offset + 4) {
                hasProfile = true
            } else if bytes.matches("sRGB", at: offset + 4) {
                isSRGB = true
            } else if bytes.matches("gAMA", at: offset + 4),
                let value = bytes.bigEndian32(at: content)
            {
                gamma = Double(value) / 100_000
            } else if bytes.matches("cHRM", at: offset + 4), length == 32 {
                chromaticities = Self.chromaticities(bytes, at: content)
            }
            offset = content + Int(length) + 4
        }
        if let points {
            let colors = DescribedColors(points)
            // How such light is laid into a screen's, who made the profile knew better.
            if colors.isHighRange && hasProfile { return }
            (described, overridesProfile) = (colors, true)
        } else if !hasProfile, !isSRGB, let gamma {
            // Where light lies says nothing without how much there is of it.
            described = DescribedColors(
                primaries: chromaticities ?? DescribedColors.srgbPrimaries,
                curve: Self.curve(gamma))
        }
    }

    /// What a JPEG XL says of light brighter than a screen's. All else is in the profile that its
    /// decoder makes, which for this has no room.
    init?(highRangeOf header: borrowing Picture) {
        let transfer = header.integer("pollex-transfer", else: 0)
        guard transfer != 0 else { return nil }
        let primaries = header.integer("pollex-primaries", else: 0)
        described = DescribedColors(
            CodePoints(
                primaries: UInt16(clamping: primaries), transfer: UInt16(clamping: transfer),
                matrix: 0, isFullRange: true))
        overridesProfile = true
    }

    /// What encoders write for sRGB: 1/2.2.
    private static let usual = 0.45455

    /// Near to what stands for sRGB it is taken for it: so did who wrote the file. What no screen
    /// has is ignored.
    private static func curve(_ gamma: Double) -> DescribedColors.Curve {
        guard (0.1...10).contains(gamma), abs(gamma - usual) > 0.01 else { return .srgb }
        return .gamma(1 / gamma)
    }

    /// White, red, green, blue.
    private static func chromaticities(
        _ bytes: RawSpan, at offset: Int
    ) -> DescribedColors.Chromaticities {
        let points = (0..<4).map { point in
            (0..<2).map { axis in
                Double(bytes.bigEndian32(at: offset + 8 * point + 4 * axis) ?? 0) / 100_000
            }
        }
        return DescribedColors.Chromaticities(
            red: points[1], green: points[2], blue: points[3], white: points[0])
    }
}
