internal import CCrypto

/// Keyed digests (RFC 2104 with SHA-256).
package enum HMACSHA256 {
    package static func code(for message: Span<UInt8>, key: Span<UInt8>) -> SHA256Digest {
        var code = SIMD32<UInt8>()
        unsafe withUnsafeMutableBytes(of: &code) { raw in
            let bytes = unsafe raw.assumingMemoryBound(to: UInt8.self)
            guard let start = bytes.baseAddress else { preconditionFailure("no storage") }
            unsafe key.withUnsafeBytes { key in
                unsafe message.withUnsafeBytes { message in
                    guard let keyStart = key.baseAddress else {
                        preconditionFailure("an empty key")
                    }
                    unsafe CCrypto_hmac_sha256(
                        keyStart, key.count, message.baseAddress, message.count, start)
                }
            }
        }
        return SHA256Digest(bytes: code)
    }
}
