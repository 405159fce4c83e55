internal import CCrypto

/// A key of HMAC-SHA-256 (RFC 2104), with its two blocks hashed beforehand: a code costs the
/// message, one block more, and no allocation. The key itself is not kept.
package struct HMACKey: Sendable {
    private static let blockByteCount = 64

    private let inner: CCryptoSHA256State
    private let outer: CCryptoSHA256State

    package init(_ key: [UInt8]) {
        var block = InlineArray<64, UInt8>(repeating: 0)
        if key.count > Self.blockByteCount {
            let digest = SHA256Digest(of: key).rawBytes
            for index in digest.indices { block[index] = digest[index] }
        } else {
            for index in key.indices { block[index] = key[index] }
        }
        inner = Self.state(after: block, mask: 0x36)
        outer = Self.state(after: block, mask: 0x5C)
    }

    /// A hasher for the message, to be given to `code(of:)`.
    package func begin() -> SHA256Hasher { SHA256Hasher(resuming: inner) }

    package func code(of message: consuming SHA256Hasher) -> SHA256Digest {
        let digest = message.finish().rawBytes
        var hasher = SHA256Hasher(resuming: outer)
        hasher.update(digest.span)
        return hasher.finish()
    }

    private static func state(
        after block: InlineArray<64, UInt8>, mask: UInt8
    ) -> CCryptoSHA256State {
        let masked = InlineArray<64, UInt8> { block[$0] ^ mask }
        var hasher = SHA256Hasher()
        hasher.update(masked.span)
        return hasher.state
    }
}
