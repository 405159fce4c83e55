/// 32 bytes that name some content (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable {
    package static let byteCount = 32

    // In halves: a value aligned to 32 bytes, as a SIMD32 is, that lives across an `await` breaks
    // the heap (Swift 6.3). The frame of the async function is moved up to 32 inside a block that
    // the task's allocator aligns to 16, and ends beyond the block's end.
    private let low: SIMD16<UInt8>
    private let high: SIMD16<UInt8>

    /// In the order they are written.
    @inline(__always)
    package var bytes: SIMD32<UInt8> { SIMD32(lowHalf: low, highHalf: high) }

    @inline(__always)
    package init(bytes: SIMD32<UInt8>) { (low, high) = (bytes.lowHalf, bytes.highHalf) }

    /// `nil` unless 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(bytes: SIMD32(bytes))
    }

    /// The digest of `content` in one call. No allocation.
    package init(of content: Span<UInt8>) {
        var hasher = SHA256Hasher()
        hasher.update(content)
        self = hasher.finish()
    }

    package init(of content: RawSpan) {
        var hasher = SHA256Hasher()
        hasher.update(content)
        self = hasher.finish()
    }

    package init(of content: [UInt8]) { self.init(of: content.span) }
}

extension SHA256Digest {
    /// Takes the same time wherever the first difference is.
    package func isEqualInConstantTime(to other: SHA256Digest) -> Bool {
        differingByteCount(from: other, first: Self.byteCount) == 0
    }

    /// In how many of the first `count` bytes the two differ. Whoever only asks whether there is
    /// one has still had all of them compared, without a branch on any: the answer takes the same
    /// time wherever the first difference is.
    package func differingByteCount(from other: SHA256Digest, first count: Int) -> Int {
        precondition(0...Self.byteCount ~= count, "a digest has 32 bytes")
        let difference = unsafe unsafeBitCast(bytes ^ other.bytes, to: SIMD4<UInt64>.self)
        var differing = 0
        for word in 0..<4 {
            // Eight bytes at once, the first in the lowest bits; a shift of 64 leaves none.
            let wanted = ~(UInt64.max << UInt64(8 * min(max(0, count - 8 * word), 8)))
            let bits = difference[word].littleEndian & wanted
            // The highest bit of each byte that is not zero.
            let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
            differing += (((bits & low) &+ low | bits) & ~low).nonzeroBitCount
        }
        return differing
    }

    /// The 32 bytes as they are, inline.
    package var rawBytes: InlineArray<32, UInt8> {
        unsafe unsafeBitCast(bytes, to: InlineArray<32, UInt8>.self)
    }
}
