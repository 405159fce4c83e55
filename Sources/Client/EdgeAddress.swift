/// Where an edge listens: `http://host:port`, or `host:port`.
package struct EdgeAddress: Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    /// The scheme may be left out, the port too (80). `https` is not spoken here.
    package init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var port: UInt16 = 80
        // The colon of a port stands behind the bracket of an IPv6 address.
        let end = rest.lastIndex(of: "]") ?? rest.startIndex
        if let colon = rest[end...].lastIndex(of: ":") {
            guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else {
                return nil
            }
            port = number
            rest = rest[..<colon]
        }
        if rest.hasPrefix("["), rest.hasSuffix("]") { rest = rest.dropFirst().dropLast() }
        guard !rest.isEmpty, !rest.contains(where: { "/@?# ".contains($0) }) else { return nil }
        (host, self.port) = (String(rest), port)
    }

    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
