/// Well-formed UTF-8 byte sequences (Unicode 16, table 3-7).
package enum UTF8Sequence {
    /// The length of the sequence that begins at `index`, or, where none does, minus the length of
    /// the longest part of one, at least 1: what one U+FFFD should stand for.
    package static func length(in bytes: Span<UInt8>, at index: Int) -> Int {
        let first = bytes[index]
        let (count, second) = shape(of: first)
        guard count > 1 else { return count == 1 ? 1 : -1 }
        for offset in 1..<count {
            let allowed = offset == 1 ? second : 0x80...0xBF
            guard index + offset < bytes.count, allowed.contains(bytes[index + offset]) else {
                return -offset
            }
        }
        return count
    }

    /// How many bytes a sequence with this first byte has, 0 if it begins none, and what the second
    /// byte may be: the narrower ranges shut out overlong forms, surrogates and what is too large.
    private static func shape(of first: UInt8) -> (count: Int, second: ClosedRange<UInt8>) {
        switch first {
        case 0x00...0x7F: (1, 0x80...0xBF)
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: (0, 0x80...0xBF)
        }
    }
}
