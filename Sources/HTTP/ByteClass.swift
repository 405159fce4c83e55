/// Classes of bytes in the grammars of RFC 9110 §5.6 and RFC 3986, as bitmaps: constants in the
/// code, so that a test costs two instructions and no table is initialised on first use.
struct ByteClass {
    /// Bit `b` for byte `b`; bytes from 0x80 are in no class.
    private let low: UInt64
    private let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && (word &>> UInt64(byte)) & 1 == 1
    }

    /// tchar: letters, digits and ``!#$%&'*+-.^_`|~``.
    @inline(__always)
    static var token: ByteClass {
        ByteClass(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// unreserved, sub-delims and `%` of pct-encoded: what a reg-name is made of.
    @inline(__always)
    static var regName: ByteClass {
        ByteClass(low: 0x2BFF_7FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    /// Hex digits, `:` and `.`: what stands between the brackets of an IPv6 literal.
    @inline(__always)
    static var ipv6: ByteClass {
        ByteClass(low: 0x07FF_4000_0000_0000, high: 0x0000_007E_0000_007E)
    }
}

extension UInt8 {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn: UInt8 = 0x0D
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let backslash = UInt8(ascii: "\\")
    static let dash = UInt8(ascii: "-")
    static let delete: UInt8 = 0x7F

    /// Space or tab: OWS and BWS are made of these (RFC 9110 §5.6.3).
    @inline(__always)
    var isBlank: Bool { self == .space || self == .tab }

    @inline(__always)
    package var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

    /// What a field value may hold: visible bytes, obs-text, space and tab (RFC 9110 §5.5).
    @inline(__always)
    var isFieldContent: Bool { (self >= .space && self != .delete) || self == .tab }
}
