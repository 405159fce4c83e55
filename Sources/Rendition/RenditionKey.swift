internal import Digest

/// The name of a rendition: equal when the bytes are, known before any work.
///
/// SHA-256 over a tag, the pipeline version, the original and the normal recipe with its resolved
/// format, cut to 16 bytes; before it stands the original, so that all renditions of one original
/// lie together in the cache and a purge is one prefix scan.
package struct RenditionKey: Sendable {
    package static let byteCount = 48

    /// "pollex-1": what the bytes under the digest mean.
    private static let tag: UInt64 = 0x312D_7865_6C6C_6F70

    package let original: ContentHash
    package let digest: SIMD16<UInt8>

    /// No allocation. The format must be resolved: a negotiated one is no rendition yet.
    package init(
        original: ContentHash, recipe: Recipe, pipeline: PipelineVersion, limits: OutputLimits
    ) {
        precondition(recipe.format != .negotiated, "a key of a format not yet negotiated")
        let encoded = recipe.normalized(limits: limits).encoded
        let name = unsafe unsafeBitCast(original.bytes, to: SIMD4<UInt64>.self)
        let work = unsafe unsafeBitCast(encoded, to: InlineArray<5, UInt64>.self)
        let words: InlineArray<11, UInt64> = [
            Self.tag.littleEndian, pipeline.value.littleEndian, name.x, name.y, name.z, name.w,
            work[0], work[1], work[2], work[3], work[4],
        ]
        self.original = original
        digest = unsafe SHA256Digest(of: words.span.bytes).bytes.lowHalf
    }

    /// The parts as they were kept.
    package init(original: ContentHash, digest: SIMD16<UInt8>) {
        self.original = original
        self.digest = digest
    }

    /// As it stands in the cache; `nil` unless 48 bytes.
    package init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount,
            let original = ContentHash(raw: bytes.extracting(first: ContentHash.byteCount))
        else { return nil }
        self.original = original
        var digest = SIMD16<UInt8>()
        for index in digest.indices { digest[index] = bytes[ContentHash.byteCount + index] }
        self.digest = digest
    }

    /// 48 bytes: the original, then the digest.
    package var bytes: InlineArray<48, UInt8> {
        InlineArray { $0 < 32 ? original.bytes[$0] : digest[$0 - 32] }
    }

    /// Lends the 48 bytes to `body`.
    package func withBytes<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = bytes
        return try body(bytes.span)
    }

    package var etag: RenditionTag { RenditionTag(digest) }
}

extension RenditionKey: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.digest == right.digest && left.original == right.original
    }

    /// The digest is over the original too, and already as even as a hash can be.
    package func hash(into hasher: inout Hasher) {
        let words = unsafe unsafeBitCast(digest, to: SIMD2<UInt64>.self)
        hasher.combine(words.x)
    }
}
