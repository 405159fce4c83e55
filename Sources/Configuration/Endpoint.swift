internal import Glibc
internal import Text

/// Where to listen: a numeric IP address and a port.
package struct Endpoint: Equatable, Sendable, CustomStringConvertible {
    /// As `inet_pton` reads it: `127.0.0.1`, `::1`; no brackets.
    package let host: String
    package let isIPv6: Bool
    /// 0 lets the kernel choose.
    package let port: UInt16

    /// In words, for errors.
    static let accepted = "an address such as \"127.0.0.1:8080\" or \"[::1]:8080\""

    init(loopbackPort port: UInt16) {
        (host, isIPv6) = ("127.0.0.1", false)
        self.port = port
    }

    /// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` (every IPv4 address).
    package init?(_ text: String) {
        guard let colon = text.lastPlace(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits == "\(port)" else { return nil }
        let name = text[..<colon]
        if name.utf8.first == UInt8(ascii: "[") {
            guard name.utf8.last == UInt8(ascii: "]"), name.utf8.count > 2 else { return nil }
            let literal = String(name.dropFirst().dropLast())
            guard Self.isNumeric(literal, family: AF_INET6) else { return nil }
            (host, isIPv6) = (literal, true)
        } else {
            let literal =
                name.isEmpty ? "0.0.0.0" : name == "localhost" ? "127.0.0.1" : String(name)
            guard Self.isNumeric(literal, family: AF_INET) else { return nil }
            (host, isIPv6) = (literal, false)
        }
        self.port = port
    }

    package var isLoopback: Bool {
        isIPv6 ? Self.isIPv6Loopback(host) : UTF8String(host).starts(with: "127.")
    }

    package var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func isNumeric(_ literal: String, family: CInt) -> Bool {
        var address = in6_addr()
        return unsafe inet_pton(family, literal, &address) == 1
    }

    private static func isIPv6Loopback(_ literal: String) -> Bool {
        var address = in6_addr()
        guard unsafe inet_pton(AF_INET6, literal, &address) == 1 else { return false }
        return unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
        }
    }
}
