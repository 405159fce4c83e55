internal import Text

/// Reads a record from its start: version, then what the caller asks for.
struct Record {
    static let version: UInt8 = 1

    private(set) var rest: ArraySlice<UInt8>

    /// Without anything to read where it is of another version.
    init(_ bytes: [UInt8], version: UInt8 = Self.version) {
        rest = bytes.first == version ? bytes.dropFirst() : []
    }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt64? {
        guard rest.count >= 8 else { return nil }
        defer { rest = rest.dropFirst(8) }
        return Self.number(rest.prefix(8))
    }

    /// Two bytes of length before it.
    mutating func text() -> UTF8String? {
        guard rest.count >= 2 else { return nil }
        let count = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
        rest = rest.dropFirst(2)
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return UTF8String(validating: rest.prefix(count))
    }

    static func text(_ text: UTF8String) -> [UInt8] {
        let bytes = text.utf8.prefix(Int(UInt16.max))
        return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }

    static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
