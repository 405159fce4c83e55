/// A place between two images of a listing. It stays where it is whatever comes and goes around it.
package struct ImageCursor: Equatable, Sendable {
    private static let version: UInt8 = 1
    /// Base64url without padding, of a version byte and an order key.
    private static let textByteCount = (8 * (1 + OrderKey.byteCount) + 5) / 6

    let place: OrderKey

    init(after place: OrderKey) { self.place = place }

    /// What stands in a text: later times are smaller numbers there, as they once were in the
    /// index, so that texts that were handed out then are still good.
    private init(written place: OrderKey) {
        self.place = OrderKey(uploadedAt: ~place.uploadedAt, hash: place.hash)
    }

    private var written: OrderKey { ImageCursor(written: place).place }

    /// `nil` for what was not made by `text`.
    package init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == Self.textByteCount else { return nil }
        var bytes: [UInt8] = []
        var (bits, bitCount): (UInt32, Int) = (0, 0)
        for digit in digits {
            guard let value = Base64URL.value(of: digit) else { return nil }
            (bits, bitCount) = (bits << 6 | UInt32(value), bitCount + 6)
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        // One place has one spelling: the bits left over are zero.
        guard bits & (1 << bitCount - 1) == 0, bytes.first == Self.version,
            let place = OrderKey(bytes.span.extracting(droppingFirst: 1))
        else { return nil }
        self.init(written: place)
    }

    /// 55 characters of base64url.
    package var text: String {
        var digits: [UInt8] = []
        var (bits, bitCount): (UInt32, Int) = (0, 0)
        for byte in [Self.version] + written.bytes {
            (bits, bitCount) = (bits << 8 | UInt32(byte), bitCount + 8)
            while bitCount >= 6 {
                bitCount -= 6
                digits.append(Base64URL.digit(UInt8(bits >> bitCount & 63)))
            }
        }
        if bitCount > 0 { digits.append(Base64URL.digit(UInt8(bits << (6 - bitCount) & 63))) }
        return String(decoding: digits, as: UTF8.self)
    }
}

/// The digits of RFC 4648 §5.
private enum Base64URL {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func digit(_ value: UInt8) -> UInt8 { digits[Int(value)] }

    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
