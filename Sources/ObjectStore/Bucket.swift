internal import Coding

/// Where objects lie, and as whom they are asked for.
package struct Bucket: Hashable, Sendable {
    /// How a bucket is named in a URL.
    package enum Style: String, CaseIterable, Sendable {
        /// `https://endpoint/bucket/key`
        case path
        /// `https://bucket.endpoint/key`
        case host
    }

    /// `https://host[:port]`, without a path.
    package let endpoint: String
    package let region: String
    package let bucket: String
    /// Before each key; empty, or with a `/` at its end.
    package let prefix: String
    package let style: Style
    package let accessKey: String
    package let secretKey: String
    /// A PEM file of those who may vouch for the endpoint; `nil`: those the system trusts.
    package let authorities: String?

    /// `nil` when the endpoint is no `http` or `https` URL of a host alone.
    package init?(
        endpoint: String, region: String = "us-east-1", name: String, prefix: String = "",
        style: Style = .path, accessKey: String, secretKey: String, authorities: String? = nil
    ) {
        guard let separator = endpoint.utf8.firstIndex(of: UInt8(ascii: ":")),
            ["http", "https"].contains(String(endpoint[..<separator])),
            endpoint[separator...].utf8.starts(with: "://".utf8)
        else { return nil }
        let rest = endpoint[separator...].dropFirst(3)
        let host = rest.utf8.last == UInt8(ascii: "/") ? rest.dropLast() : rest
        guard !host.isEmpty,
            host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && !Array("/?#@\\".utf8).contains($0) })
        else { return nil }
        self.endpoint = String(endpoint[..<separator]) + "://" + host
        (self.region, bucket, self.style) = (region, name, style)
        self.prefix =
            prefix.isEmpty || prefix.utf8.last == UInt8(ascii: "/") ? prefix : prefix + "/"
        (self.accessKey, self.secretKey, self.authorities) = (accessKey, secretKey, authorities)
    }

    /// Whether what is sent can be read and changed on the way.
    package var isPlain: Bool { endpoint.utf8.starts(with: "http:".utf8) }

    private var host: String {
        String(decoding: endpoint.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2), as: UTF8.self)
    }

    /// The host by which the bucket is asked, as `Host` says it.
    var authority: String { style == .host ? "\(bucket).\(host)" : host }

    /// The path of a key, escaped; of the bucket itself for `nil`.
    func path(of key: String?) -> String {
        let base = style == .path ? "/\(PercentCoding.encode(bucket))" : ""
        guard let key else { return base.isEmpty ? "/" : base }
        let segments = (prefix + key).utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return base
            + segments.map { "/" + PercentCoding.encode(String(decoding: $0, as: UTF8.self)) }
            .joined()
    }

    func url(path: String, query: String) -> String {
        "\(isPlain ? "http" : "https")://\(authority)\(path)" + (query.isEmpty ? "" : "?\(query)")
    }
}
