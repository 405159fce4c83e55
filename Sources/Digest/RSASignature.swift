internal import CCrypto

/// A signature by RSA (PKCS #1 v1.5), as messages of SNS have one.
package enum RSASignature {
    package enum Hash: Sendable { case sha1, sha256 }

    /// Whether `text` is signed by the key of the certificate, a PEM document: who vouches for that
    /// is not asked. Nothing is signed by what can not be read.
    package static func isValid(
        _ signature: [UInt8], of text: [UInt8], certificate: [UInt8], _ hash: Hash
    ) -> Bool {
        unsafe certificate.withUnsafeBufferPointer { certificate in
            unsafe text.withUnsafeBufferPointer { text in
                unsafe signature.withUnsafeBufferPointer { signature in
                    guard let certificateStart = certificate.baseAddress,
                        let textStart = text.baseAddress,
                        let signatureStart = signature.baseAddress
                    else { return false }
                    return unsafe CCrypto_is_signed(
                        certificateStart, certificate.count, textStart, text.count,
                        signatureStart, signature.count, hash == .sha256)
                }
            }
        }
    }
}
