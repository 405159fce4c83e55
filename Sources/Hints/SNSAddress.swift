internal import Coding
package import Text

/// A URL of SNS itself: `https://sns.<region>.amazonaws.com/…`, or `.amazonaws.com.cn`. Whatever
/// else a message names is not asked for: a stranger could have the edge ask anybody.
package struct SNSAddress: Equatable, Sendable {
    package let host: String
    /// The path, and the query if there is one, as they were written.
    package let target: String

    private static let longest = 2048

    package init?(_ url: UTF8String) {
        guard url.utf8.count <= Self.longest, let rest = url.after("https://"),
            rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/"))
        else { return nil }
        let host = UTF8String(rest.string[..<slash])
        guard let behind = host.after("sns."),
            let region = behind.before(".amazonaws.com") ?? behind.before(".amazonaws.com.cn"),
            !region.isEmpty, region.utf8.allSatisfy(Self.isOfARegion)
        else { return nil }
        let target = String(rest.string[slash...])
        guard !target.utf8.contains(where: { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: "\\") })
        else { return nil }
        (self.host, self.target) = (host.string, target)
    }

    /// No dot: it is one label of the name.
    private static func isOfARegion(_ byte: UInt8) -> Bool {
        (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "-")
    }

    /// Whether it is that of a certificate.
    package var isCertificate: Bool {
        target.utf8.suffix(4).elementsEqual(".pem".utf8)
            && !target.utf8.contains(UInt8(ascii: "?"))
    }
}
