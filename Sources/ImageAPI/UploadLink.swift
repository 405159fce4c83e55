internal import Coding
package import Rendition
package import Text

/// A URL that lets whoever has it upload within its bounds, without a token: made by who may
/// upload, signed by the keys of `delivery.signingKeys`, and kept nowhere.
///
///     /uploads/<id>?bytes=…&count=…&expires=…&owner=…&tags=…&types=…&signature=<key>.<code>
///
/// The code is HMAC-SHA-256 over `pollex-upload-v1`, a line feed and all that stands before
/// `&signature=`, byte for byte. Behind the signature the client may say a `name`.
package struct UploadLink: Sendable {
    package static let longestSeconds = 31_536_000
    package static let greatestCount = 1_000_000
    private static let preamble = "pollex-upload-v1\n"
    private static let mark = "&signature="

    /// Why a URL opens nothing.
    package enum Refusal: Error { case badSignature, expired }

    /// 32 hex digits, drawn by lot.
    package let id: String
    /// Unix seconds.
    package var expires: Int64
    /// Of one picture; `nil`: what the edge takes.
    package var byteLimit: Int?
    /// Pictures in all; `nil`: any number, and nothing is counted.
    package var count: Int?
    /// Media types; empty: what the edge takes.
    package var types: [String] = []
    package var owner: UTF8String?
    package var tags: [UTF8String] = []
    /// What the client calls the picture.
    package private(set) var name: UTF8String?

    package init(expires: Int64) {
        id = Hex.random(byteCount: 16)
        self.expires = expires
    }

    /// Path and query with a signature; `nil` when there is no such key.
    package func sealed(by keys: URLKeys, with keyID: String? = nil) -> String? {
        let message = Self.preamble + target
        return keys.signature(of: Array(message.utf8), with: keyID).map {
            "\(target)\(Self.mark)\(String(decoding: $0, as: UTF8.self))"
        }
    }

    /// Path and query without a signature.
    private var target: String {
        var items: [String] = []
        if let byteLimit { items.append("bytes=\(byteLimit)") }
        if let count { items.append("count=\(count)") }
        items.append("expires=\(expires)")
        if let owner { items.append("owner=\(PercentCoding.encode(owner.string))") }
        if !tags.isEmpty {
            let list = tags.map(\.string).joined(separator: ",")
            items.append("tags=\(PercentCoding.encode(list))")
        }
        if !types.isEmpty { items.append("types=\(types.joined(separator: ","))") }
        return "/uploads/\(id)?\(items.joined(separator: "&"))"
    }

    /// Opens a URL that was sealed; what is in it was written by us then.
    ///
    /// - Parameter now: Unix seconds.
    package init(opening target: String, by keys: URLKeys, now: Int64) throws(Refusal) {
        let bytes = Array(target.utf8)
        guard let place = bytes.firstRange(of: Array(Self.mark.utf8)) else { throw .badSignature }
        let rest = String(decoding: bytes[place.upperBound...], as: UTF8.self)
            .fields(separatedBy: "&", maxSplits: 1, keepsEmpty: true)
        let message = Array(Self.preamble.utf8) + bytes[..<place.lowerBound]
        guard keys.hold(Array(rest[0].utf8), of: message),
            let link = UploadLink(
                unsealed: String(decoding: bytes[..<place.lowerBound], as: UTF8.self)),
            let loose = QueryItems(target: "?\(rest.count > 1 ? rest[1] : "")"),
            loose.unknownName(besides: ["name"]) == nil, loose.repeatedName == nil
        else { throw .badSignature }
        guard now < link.expires else { throw .expired }
        self = link
        name = loose["name"]
    }

    /// Of what stands before a signature that was found to be right.
    private init?(unsealed target: String) {
        guard let items = QueryItems(target: target),
            let start = target.fields(separatedBy: "?").first,
            let expires = items["expires"].flatMap({ Int64($0.string) })
        else { return nil }
        id = String(Substring(start.utf8.dropFirst("/uploads/".utf8.count)))
        self.expires = expires
        byteLimit = items["bytes"].flatMap { Int($0.string) }
        count = items["count"].flatMap { Int($0.string) }
        types = items["types"]?.string.fields(separatedBy: ",").map(String.init) ?? []
        owner = items["owner"]
        tags = items["tags"]?.string.fields(separatedBy: ",").map { UTF8String($0) } ?? []
    }
}
