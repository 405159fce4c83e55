/// A value with one spelling in a URL.
protocol Word: RawRepresentable where RawValue == UInt8 {
    var word: StaticString { get }
}

extension Word {
    /// The value that is spelt so, letter for letter. No allocation.
    static func spelt(_ bytes: Span<UInt8>) -> Self? {
        for rawValue in UInt8(0)..<32 {
            if let found = Self(rawValue: rawValue), found.word.isSpelling(of: bytes) {
                return found
            }
        }
        return nil
    }
}

extension Fit: Word {}
extension Gravity.Compass: Word {}
extension RecipeOption: Word {}
extension OutputFormat: Word {
    var word: StaticString { fileExtension }
}

extension StaticString {
    /// One byte of an ASCII literal.
    func byte(at index: Int) -> UInt8 {
        precondition(index < utf8CodeUnitCount, "past the end of a word")
        return unsafe utf8Start[index]
    }

    func isSpelling(of bytes: Span<UInt8>) -> Bool {
        bytes.count == utf8CodeUnitCount && isPrefix(of: bytes)
    }

    func isPrefix(of bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= utf8CodeUnitCount else { return false }
        for index in 0..<utf8CodeUnitCount where bytes[index] != byte(at: index) { return false }
        return true
    }
}
