internal import Rendition

/// What the table knows a key by: 64 bits that nobody outside can predict, so that nobody can
/// choose keys that crowd one place of it.
struct KeyHash {
    let bits: UInt64

    /// Kept in the slot.
    var fingerprint: UInt64 { bits & Location.fingerprintMask }
    /// Where probing begins, before the table's mask.
    var slot: Int { Int(truncatingIfNeeded: bits >> 20) }
    /// Kept of what went, in the list of ghosts.
    var ghost: UInt32 { UInt32(truncatingIfNeeded: bits >> 7) }
}

/// Hashes keys with secrets of this process. Keys' digests are even already; the product with a
/// secret only hides where they fall (the step of wyhash).
struct KeyHasher: Sendable {
    private let secrets = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))

    @inline(__always)
    func hash(_ key: RenditionKey) -> KeyHash {
        let words = unsafe unsafeBitCast(key.digest, to: SIMD2<UInt64>.self)
        let product = (words.x ^ secrets.0).multipliedFullWidth(by: words.y ^ secrets.1)
        return KeyHash(bits: product.high ^ product.low)
    }
}
