/// A recipe in 40 bytes, little-endian: in the key, and in the frames to a worker. Every recipe has
/// one encoding, every encoding one recipe; what is out of range does not decode.
///
///     0 version   1 fit     2 flags (1 enlarge, 2 animated, 4 background)   3 dpr in halves
///     4 width     6 height  8 kind of gravity   9 compass point   10 focal x   12 focal y
///     14 background rgba    18 quality   19 trim   20 blur   22 sharpen   24 format
///     25 rotation           26 flip      27 most bytes   31 zero       32 watermark
extension Recipe {
    package static let encodedByteCount = 40
    private static let version: UInt8 = 2

    package var encoded: InlineArray<40, UInt8> {
        var bytes = InlineArray<40, UInt8>(repeating: 0)
        func put(_ value: some FixedWidthInteger, at index: Int) {
            for byte in 0..<(value.bitWidth / 8) {
                bytes[index + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
            }
        }
        bytes[0] = Self.version
        bytes[1] = fit.rawValue
        bytes[2] = (enlarge ? 1 : 0) | (animated ? 2 : 0) | (background == nil ? 0 : 4)
        bytes[3] = dprHalves
        put(width, at: 4)
        put(height, at: 6)
        bytes[8] = gravity.kind.rawValue
        switch gravity {
        case .compass(let point): bytes[9] = point.rawValue
        case .attention, .entropy: break
        case .focalPoint(let x, let y):
            put(x, at: 10)
            put(y, at: 12)
        }
        if let background {
            bytes[14] = background.red
            bytes[15] = background.green
            bytes[16] = background.blue
            bytes[17] = background.alpha
        }
        bytes[18] = quality
        bytes[19] = trim
        put(blurHundredths, at: 20)
        put(sharpenHundredths, at: 22)
        bytes[24] = format.code
        bytes[25] = rotation.rawValue
        bytes[26] = flip.rawValue
        put(maxBytes, at: 27)
        put(watermark, at: 32)
        return bytes
    }

    /// `nil` for a wrong count or version, and for any value that a recipe can not have.
    package init?(encoded bytes: Span<UInt8>) {
        guard bytes.count == Self.encodedByteCount, bytes[0] == Self.version else { return nil }
        func number<T: FixedWidthInteger>(_: T.Type = UInt16.self, at index: Int) -> T {
            (0..<T.bitWidth / 8).reduce(0) { $0 | T(bytes[index + $1]) << (8 * $1) }
        }
        guard let fit = Fit(rawValue: bytes[1]),
            let gravity = Gravity(
                kind: bytes[8], compass: bytes[9], x: number(at: 10), y: number(at: 12)),
            let format = FormatChoice(code: bytes[24]),
            let rotation = Rotation(rawValue: bytes[25]), let flip = Flip(rawValue: bytes[26])
        else { return nil }
        (self.fit, self.gravity, self.format) = (fit, gravity, format)
        (self.rotation, self.flip) = (rotation, flip)
        (enlarge, animated) = (bytes[2] & 1 != 0, bytes[2] & 2 != 0)
        (width, height, dprHalves) = (number(at: 4), number(at: 6), bytes[3])
        let color = Color(red: bytes[14], green: bytes[15], blue: bytes[16], alpha: bytes[17])
        background = bytes[2] & 4 != 0 ? color : nil
        (quality, trim) = (bytes[18], bytes[19])
        (blurHundredths, sharpenHundredths) = (number(at: 20), number(at: 22))
        maxBytes = number(UInt32.self, at: 27)
        watermark = number(UInt64.self, at: 32)
        guard hasValuesInRange else { return nil }
        // Whatever else is set has no meaning, and would be a second encoding.
        let expected = encoded
        for index in bytes.indices where bytes[index] != expected[index] { return nil }
    }

    private var hasValuesInRange: Bool {
        (2...8 ~= dprHalves) && quality <= Self.automaticQuality && trim <= 100
            && background != .white
            && (maxBytes == 0 || Self.maxBytesRange.contains(Int(maxBytes)))
            && (blurHundredths == 0 || 30...10_000 ~= blurHundredths)
            && (sharpenHundredths == 0 || 30...1000 ~= sharpenHundredths)
    }
}

extension Gravity {
    fileprivate init?(kind: UInt8, compass: UInt8, x: UInt16, y: UInt16) {
        switch Kind(rawValue: kind) {
        case .compass:
            guard let point = Compass(rawValue: compass) else { return nil }
            self = .compass(point)
        case .focalPoint:
            guard x <= Self.scale, y <= Self.scale else { return nil }
            self = .focalPoint(x: x, y: y)
        case .attention: self = .attention
        case .entropy: self = .entropy
        case nil: return nil
        }
    }
}
