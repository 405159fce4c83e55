/// Numbers and marks at places that may not exist: `nil` or `false` beyond the end.
extension RawSpan {
    package func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < byteCount else { return nil }
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    package func bigEndian16(at offset: Int) -> UInt16? {
        guard let high = byte(at: offset), let low = byte(at: offset + 1) else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    package func bigEndian32(at offset: Int) -> UInt32? {
        guard let high = bigEndian16(at: offset), let low = bigEndian16(at: offset + 2)
        else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    package func bigEndian64(at offset: Int) -> UInt64? {
        guard let high = bigEndian32(at: offset), let low = bigEndian32(at: offset + 4)
        else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    package func littleEndian16(at offset: Int) -> UInt16? { bigEndian16(at: offset)?.byteSwapped }

    package func littleEndian32(at offset: Int) -> UInt32? { bigEndian32(at: offset)?.byteSwapped }

    package func starts(with mark: [UInt8]) -> Bool {
        mark.indices.allSatisfy { byte(at: $0) == mark[$0] }
    }

    package func starts(with mark: StaticString) -> Bool { matches(mark, at: 0) }

    package func matches(_ mark: StaticString, at offset: Int) -> Bool {
        mark.withUTF8Buffer { mark in
            mark.indices.allSatisfy { unsafe byte(at: offset + $0) == mark[$0] }
        }
    }
}
