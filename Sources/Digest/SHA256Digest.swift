/// 32 bytes that name some content (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable {
    package static let byteCount = 32

    // In halves: what wants 32 bytes of alignment overruns the frames of async functions, which
    // come aligned to 16 (Swift 6.3: a slab's last frame wrote into the next heap chunk).
    private let low: SIMD16<UInt8>
    private let high: SIMD16<UInt8>

    /// In the order they are written.
    package var bytes: SIMD32<UInt8> { SIMD32(lowHalf: low, highHalf: high) }

    package init(bytes: SIMD32<UInt8>) { (low, high) = (bytes.lowHalf, bytes.highHalf) }

    /// `nil` unless 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(bytes: SIMD32<UInt8>(bytes))
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
        // One OR over all differing bits, whatever they are: no branch sees a single byte.
        let difference = bytes ^ other.bytes
        return difference.wrappedOr == 0
    }
}

extension SIMD32<UInt8> {
    fileprivate var wrappedOr: UInt8 {
        var all: UInt8 = 0
        for index in indices { all |= self[index] }
        return all
    }
}
