internal import LinuxIO
internal import Text
package import TLS

/// Where an edge listens: `http://host:port`, `https://host:port`, or `host:port`.
package struct EdgeAddress: Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16
    package let isSecure: Bool
    /// Who it has to be, where it is asked by TLS.
    package var trust: TLSTrust?

    /// The scheme may be left out (`http`), the port too (80, or 443).
    package init?(_ text: String) {
        var rest = UTF8String(text)
        isSecure = rest.after("https://") != nil
        rest = rest.after("https://") ?? rest.after("http://") ?? rest
        rest = rest.before("/") ?? rest
        var port: UInt16 = isSecure ? 443 : 80
        // The colon of a port stands behind the bracket of an IPv6 address.
        let end = rest.string.lastPlace(of: "]") ?? rest.string.startIndex
        if let colon = rest.string[end...].lastPlace(of: ":") {
            let digits = rest.string[colon...].dropFirst()
            guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = UInt16(digits),
                number > 0
            else { return nil }
            port = number
            rest = UTF8String(rest.string[..<colon])
        }
        rest = rest.after("[")?.before("]") ?? rest
        guard !rest.isEmpty, !rest.utf8.contains(where: "/@?# ".utf8.contains) else { return nil }
        (host, self.port) = (rest.string, port)
    }

    /// Whether it is an address, and no name.
    var isNumeric: Bool { SocketAddress(host: host, port: port) != nil }

    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
