internal import CCrypto

/// SHA-256 of content that comes in pieces. Lives on the stack, never allocates.
package struct SHA256Hasher: ~Copyable, Sendable {
    private(set) var state = CCryptoSHA256State()

    package init() { unsafe CCrypto_sha256_begin(&state) }

    /// Goes on where another was.
    init(resuming state: CCryptoSHA256State) { self.state = state }

    package mutating func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe CCrypto_sha256_update(&state, raw.baseAddress, raw.count)
        }
    }

    package mutating func update(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe CCrypto_sha256_update(&state, raw.baseAddress, raw.count)
        }
    }

    package consuming func finish() -> SHA256Digest {
        var digest = SIMD32<UInt8>()
        unsafe withUnsafeMutableBytes(of: &digest) { raw in
            let bytes = unsafe raw.assumingMemoryBound(to: UInt8.self)
            guard let start = bytes.baseAddress else { preconditionFailure("no storage") }
            unsafe CCrypto_sha256_finish(&state, start)
        }
        return SHA256Digest(bytes: digest)
    }
}
