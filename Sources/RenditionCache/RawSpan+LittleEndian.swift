extension RawSpan {
    /// The integer at `offset`, which is checked; the address need not be aligned.
    @inline(__always)
    func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        T(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
    }

    @inline(__always)
    func bytes16(at offset: Int) -> SIMD16<UInt8> {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    @inline(__always)
    func bytes32(at offset: Int) -> SIMD32<UInt8> {
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD32<UInt8>.self)
    }
}

extension [UInt8] {
    mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
        var left = value.littleEndian
        for _ in 0..<T.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: left))
            left >>= 8
        }
    }

    mutating func append(_ bytes: SIMD16<UInt8>) { for index in 0..<16 { append(bytes[index]) } }

    mutating func append(_ bytes: SIMD32<UInt8>) { for index in 0..<32 { append(bytes[index]) } }

    mutating func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}
