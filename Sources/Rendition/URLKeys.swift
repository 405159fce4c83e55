internal import Coding
internal import Digest

/// The keys whose signatures hold, in the order of the configuration; the first signs. Several are
/// there so that one can be replaced while URLs signed with it are still about.
///
/// A signature is HMAC-SHA-256 over `pollex-url-v1`, the class of the method (`GET`, which is for
/// GET and HEAD) and the canonical path and query without the signature, a line feed between each:
/// in base64url without padding, of the 32 bytes at least the first 16.
package struct URLKeys: Sendable {
    package static let longestID = 32
    package static let codeByteCounts = 16...SHA256Digest.byteCount

    private struct Key {
        let id: [UInt8]
        let mac: HMACKey
    }

    private let keys: [Key]
    private static let preamble = Array("pollex-url-v1\nGET\n".utf8)

    package init(_ keys: [(id: String, secret: [UInt8])]) {
        self.keys = keys.map { Key(id: Array($0.id.utf8), mac: HMACKey($0.secret)) }
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// What an id is made of: up to 32 letters, digits, hyphens and underscores.
    package static func isID(_ text: String) -> Bool {
        (1...longestID).contains(text.utf8.count)
            && text.utf8.allSatisfy { Base64.value(of: $0, .url) != nil }
    }

    /// Whether the seal's signature is one of these keys' over what it covers. No allocation.
    func holds(_ seal: URLSeal, on target: Span<UInt8>) -> Bool {
        guard let (key, given) = parts(of: target.extracting(seal.signature)) else { return false }
        var message = begin(key)
        message.update(target.extracting(..<seal.signatureCut.lowerBound))
        message.update(target.extracting(seal.signatureCut.upperBound...))
        let code = keys[key].mac.code(of: message)
        return code.differingByteCount(from: given.digest, first: given.count) == 0
    }

    /// The key that a signature, `<id>.<code>`, names, and its code.
    @inline(__always)
    private func parts(
        of signature: Span<UInt8>
    ) -> (key: Int, code: (digest: SHA256Digest, count: Int))? {
        var stop = 0
        while stop < signature.count, signature[stop] != UInt8(ascii: ".") { stop += 1 }
        guard stop < signature.count, let key = index(of: signature.extracting(..<stop)),
            let code = Self.code(signature.extracting((stop + 1)...)),
            Self.codeByteCounts.contains(code.count)
        else { return nil }
        return (key, code)
    }

    /// Up to 32 bytes of a signature's text, the others zero. `nil` where it has more, or is not
    /// the one text of its bytes.
    private static func code(_ text: Span<UInt8>) -> (digest: SHA256Digest, count: Int)? {
        let count = text.count * 6 / 8
        guard count <= SHA256Digest.byteCount else { return nil }
        var bytes = SIMD32<UInt8>()
        var place = 0
        let spare = Base64.decode(text, .url) { byte in
            bytes[place] = byte
            place += 1
        }
        return spare == 0 ? (SHA256Digest(bytes: bytes), count) : nil
    }

    /// `target`, which is canonical and bare, with a seal; `nil` when there is no such key.
    ///
    /// - Parameters:
    ///   - expires: Unix seconds; 0: for ever.
    ///   - id: of the key; `nil` is the first.
    package func sealing(_ target: [UInt8], expires: Int64 = 0, with id: String? = nil) -> [UInt8]?
    {
        let wanted = id.map { Array($0.utf8) } ?? keys.first?.id
        guard let wanted, let key = index(of: wanted.span) else { return nil }
        var sealed = target
        if expires != 0 { sealed.insert(pair: URLSeal.expiresName, Array("\(expires)".utf8)) }
        var message = begin(key)
        message.update(sealed.span)
        let code = keys[key].mac.code(of: message)
        sealed.insert(
            pair: URLSeal.signatureName,
            wanted + [UInt8(ascii: ".")]
                + Base64.text(code.bytes.indices.map { code.bytes[$0] }, .url))
        return sealed
    }

    /// Of a message of another kind, which begins as none of a URL does: `<id>.<code>`, by the
    /// first key unless another is named; `nil` when there is no such key.
    package func signature(of message: [UInt8], with id: String? = nil) -> [UInt8]? {
        let wanted = id.map { Array($0.utf8) } ?? keys.first?.id
        guard let wanted, let key = index(of: wanted.span) else { return nil }
        var hasher = keys[key].mac.begin()
        hasher.update(message.span)
        let code = keys[key].mac.code(of: hasher)
        return wanted + [UInt8(ascii: ".")]
            + Base64.text(code.bytes.indices.map { code.bytes[$0] }, .url)
    }

    package func hold(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let (key, given) = parts(of: signature.span) else { return false }
        var hasher = keys[key].mac.begin()
        hasher.update(message.span)
        let code = keys[key].mac.code(of: hasher)
        return code.differingByteCount(from: given.digest, first: given.count) == 0
    }

    private func begin(_ key: Int) -> SHA256Hasher {
        var message = keys[key].mac.begin()
        message.update(Self.preamble.span)
        return message
    }

    private func index(of id: Span<UInt8>) -> Int? {
        for index in keys.indices where keys[index].id.count == id.count {
            var isSame = true
            for place in id.indices where keys[index].id[place] != id[place] { isSame = false }
            if isSame { return index }
        }
        return nil
    }
}
