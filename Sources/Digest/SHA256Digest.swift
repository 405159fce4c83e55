/// 32 bytes that name some content (FIPS 180-4).
package struct SHA256Digest: Hashable, Sendable {
    package static let byteCount = 32

    /// In the order they are written.
    package let bytes: SIMD32<UInt8>

    package init(bytes: SIMD32<UInt8>) { self.bytes = bytes }

    /// `nil` unless 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = SIMD32(bytes)
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
