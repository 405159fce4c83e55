internal import CTLS

/// A certificate that vouches for itself, for a first try: clients have to be told to trust it.
package struct SelfSigned: Sendable {
    /// As PEM.
    package let certificate: [UInt8]
    package let key: [UInt8]

    private static let room = 64 << 10

    /// - Parameter names: DNS names and addresses; `nil` where one of them can not be one, or there
    ///   are too many.
    package init?(names: [String], days: Int32) {
        let isPlain = names.allSatisfy { name in
            !name.isEmpty && name.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ",") }
        }
        guard !names.isEmpty, isPlain, days > 0 else { return nil }
        var certificate = [UInt8](repeating: 0, count: Self.room)
        var key = certificate
        var certificateCount = Self.room
        var keyCount = Self.room
        let isMade = unsafe certificate.withUnsafeMutableBufferPointer { certificate in
            unsafe key.withUnsafeMutableBufferPointer { key in
                guard let start = certificate.baseAddress, let keyStart = key.baseAddress
                else { return false }
                return unsafe CTLS_selfSigned(
                    names.joined(separator: ","), days, start, &certificateCount, keyStart,
                    &keyCount)
            }
        }
        guard isMade else { return nil }
        self.certificate = Array(certificate[..<certificateCount])
        self.key = Array(key[..<keyCount])
    }
}
