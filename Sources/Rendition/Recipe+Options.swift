internal import Coding

extension Recipe {
    /// Takes the value of one option, in any spelling that is allowed; false when it is none.
    mutating func take(_ option: RecipeOption, value: Span<UInt8>) -> Bool {
        switch option {
        case .fit: Self.store(Fit.spelt(value), in: &fit)
        case .gravity: Self.store(Gravity(spelt: value), in: &gravity)
        case .enlarge: Self.store(Self.truth(value), in: &enlarge)
        case .dpr: takeRatio(value)
        case .background: takeBackground(value)
        case .quality: Self.store(Self.quality(value), in: &quality)
        case .maxbytes: Self.store(Self.byteCount(value), in: &maxBytes)
        case .rotate: Self.store(Self.rotation(value), in: &rotation)
        case .flip: Self.store(Self.flip(value), in: &flip)
        case .blur: Self.store(Self.hundredths(value, in: 30...10_000), in: &blurHundredths)
        case .sharpen: Self.store(Self.hundredths(value, in: 30...1000), in: &sharpenHundredths)
        case .trim: Self.store(Self.hundred(value), in: &trim)
        case .animated: Self.store(Self.truth(value), in: &animated)
        case .watermark, .preset: false
        }
    }

    /// Takes over what a preset says and the URL does not.
    mutating func fill(from other: Recipe, except given: EnumSet<RecipeOption>) {
        for rawValue in UInt8(0)..<UInt8(RecipeOption.count) {
            guard let option = RecipeOption(rawValue: rawValue), !given.contains(option)
            else { continue }
            copy(option, from: other)
        }
    }

    private mutating func copy(_ option: RecipeOption, from other: Recipe) {
        switch option {
        case .fit: fit = other.fit
        case .gravity: gravity = other.gravity
        case .enlarge: enlarge = other.enlarge
        case .dpr: dprHalves = other.dprHalves
        case .background: background = other.background
        case .quality: quality = other.quality
        case .maxbytes: maxBytes = other.maxBytes
        case .rotate: rotation = other.rotation
        case .flip: flip = other.flip
        case .blur: blurHundredths = other.blurHundredths
        case .sharpen: sharpenHundredths = other.sharpenHundredths
        case .trim: trim = other.trim
        case .animated: animated = other.animated
        case .watermark: watermark = other.watermark
        case .preset: break
        }
    }

    private static func store<T>(_ found: T?, in place: inout T) -> Bool {
        guard let found else { return false }
        place = found
        return true
    }

    /// 0 is the default written out.
    private static func truth(_ value: Span<UInt8>) -> Bool? {
        guard value.count == 1 else { return nil }
        return switch value[0] {
        case UInt8(ascii: "0"): false
        case UInt8(ascii: "1"): true
        default: nil
        }
    }

    private static func quality(_ value: Span<UInt8>) -> UInt8? {
        ("auto" as StaticString).isSpelling(of: value) ? automaticQuality : hundred(value)
    }

    private static func byteCount(_ value: Span<UInt8>) -> UInt32? {
        guard let number = FixedDecimal.parse(value, decimals: 0, digits: 8),
            maxBytesRange.contains(number)
        else { return nil }
        return UInt32(number)
    }

    private static func hundred(_ value: Span<UInt8>) -> UInt8? {
        guard let number = FixedDecimal.parse(value, decimals: 0), 1...100 ~= number
        else { return nil }
        return UInt8(number)
    }

    private static func hundredths(
        _ value: Span<UInt8>, in range: ClosedRange<Int>
    ) -> UInt16? {
        guard let number = FixedDecimal.parse(value, decimals: 2), range ~= number
        else { return nil }
        return UInt16(number)
    }

    /// 0 is the default written out.
    private static func rotation(_ value: Span<UInt8>) -> Rotation? {
        guard let degrees = FixedDecimal.parse(value, decimals: 0), degrees.isMultiple(of: 90)
        else { return nil }
        return UInt8(exactly: degrees / 90).flatMap(Rotation.init(rawValue:))
    }

    private static func flip(_ value: Span<UInt8>) -> Flip? {
        if ("h" as StaticString).isSpelling(of: value) { return .horizontal }
        if ("v" as StaticString).isSpelling(of: value) { return .vertical }
        return ("hv" as StaticString).isSpelling(of: value) ? .both : nil
    }

    private mutating func takeRatio(_ value: Span<UInt8>) -> Bool {
        guard let tenths = FixedDecimal.parse(value, decimals: 1), 10...40 ~= tenths,
            tenths.isMultiple(of: 5)
        else { return false }
        dprHalves = UInt8(tenths / 5)
        return true
    }

    /// Opaque white is the default, and stays out of the recipe.
    private mutating func takeBackground(_ value: Span<UInt8>) -> Bool {
        guard let color = Color(hex: value) else { return false }
        background = color == .white ? nil : color
        return true
    }
}

extension Gravity {
    init?(spelt value: Span<UInt8>) {
        if let point = Compass.spelt(value) {
            self = .compass(point)
        } else if ("attention" as StaticString).isSpelling(of: value) {
            self = .attention
        } else if ("entropy" as StaticString).isSpelling(of: value) {
            self = .entropy
        } else {
            var comma = 0
            while comma < value.count && value[comma] != UInt8(ascii: ",") { comma += 1 }
            guard comma < value.count,
                let x = FixedDecimal.parse(value.extracting(..<comma), decimals: 3), x <= 1000,
                let y = FixedDecimal.parse(value.extracting((comma + 1)...), decimals: 3), y <= 1000
            else { return nil }
            self = .focalPoint(x: UInt16(x), y: UInt16(y))
        }
    }
}

extension Color {
    /// `rrggbb` or `rrggbbaa` in hex of any case.
    init?(hex: Span<UInt8>) {
        guard hex.count == 6 || hex.count == 8 else { return nil }
        var bits: UInt32 = 0
        for index in hex.indices {
            guard let digit = hex[index].hexValue else { return nil }
            bits = bits << 4 | UInt32(digit)
        }
        if hex.count == 6 { bits = bits << 8 | 255 }
        self.init(
            red: UInt8(bits >> 24), green: UInt8(bits >> 16 & 255), blue: UInt8(bits >> 8 & 255),
            alpha: UInt8(bits & 255))
    }
}
