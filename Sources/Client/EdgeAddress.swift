internal import Text

/// Where an edge listens: `http://host:port`, or `host:port`.
package struct EdgeAddress: Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    /// The scheme may be left out, the port too (80). `https` is not spoken here.
    package init?(_ text: String) {
        var rest = UTF8String(text)
        rest = rest.after("http://") ?? rest
        rest = rest.before("/") ?? rest
        var port: UInt16 = 80
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

    package var description: String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
