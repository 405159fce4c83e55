internal import Coding
internal import Digest

/// AWS Signature Version 4 of one request, in its `Authorization` field, as S3 takes it: the path
/// is escaped once, and the digest of the content is one of the signed fields.
///
/// Our own and not libcurl's, whose canonical form was wrong in parts up to version 8.13.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
struct RequestSignature {
    /// Lower case, with its value.
    typealias Field = (name: String, value: String)

    let accessKey: String
    let secretKey: String
    let region: String
    /// `20130524T000000Z`
    let time: String

    /// - Parameters:
    ///   - path: as it is sent.
    ///   - query: as it is sent: sorted, each name with its `=`.
    ///   - fields: `host`, `x-amz-content-sha256` and `x-amz-date` have to be among them.
    func authorization(
        method: String, path: String, query: String, fields: [Field], contentDigest: String
    ) -> String {
        let sorted = fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let names = sorted.map(\.name).joined(separator: ";")
        let lines = sorted.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = [method, path, query, lines, names, contentDigest]
            .joined(separator: "\n")
        let scope = "\(time.prefix(8))/\(region)/s3/aws4_request"
        let toSign = [
            "AWS4-HMAC-SHA256", time, scope, Self.hex(SHA256Digest(of: Array(canonical.utf8))),
        ].joined(separator: "\n")
        var key = Array("AWS4\(secretKey)".utf8)
        for part in [String(time.prefix(8)), region, "s3", "aws4_request"] {
            key = Self.code(of: part, by: key)
        }
        let signature = Hex.text(of: Self.code(of: toSign, by: key))
        return "AWS4-HMAC-SHA256 Credential=\(accessKey)/\(scope),SignedHeaders=\(names),"
            + "Signature=\(signature)"
    }

    private static func code(of text: String, by key: [UInt8]) -> [UInt8] {
        let key = HMACKey(key)
        var message = key.begin()
        let bytes = Array(text.utf8)
        message.update(bytes.span)
        return bytesOf(key.code(of: message))
    }

    private static func hex(_ digest: SHA256Digest) -> String { Hex.text(of: bytesOf(digest)) }

    private static func bytesOf(_ digest: SHA256Digest) -> [UInt8] {
        let bytes = digest.bytes
        return bytes.indices.map { bytes[$0] }
    }
}

extension RequestSignature {
    /// `20130524T000000Z` of a time in seconds since 1970.
    static func time(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp(microseconds: UInt64(max(0, seconds)) * 1_000_000).append(to: &bytes)
        // Without the punctuation, and the milliseconds, of RFC 3339.
        let text = bytes.prefix(19).filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") }
        return String(decoding: text, as: UTF8.self) + "Z"
    }
}
