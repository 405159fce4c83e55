internal import Text

/// What container platforms put into the environment of every container for a service, or a linked
/// container, named `pollex` or `pollex-…`: names that begin as the configuration's do, and are
/// none of it. By their shape alone, and where they are known by it by their value, so that a
/// mistyped key is still one.
///
/// Kubernetes: `POLLEX_SERVICE_HOST`, `POLLEX_SERVICE_PORT`, `POLLEX_SERVICE_PORT_HTTP`,
/// `POLLEX_PORT=tcp://…`, `POLLEX_PORT_8080_TCP`, `…_TCP_ADDR`, `…_TCP_PORT`, `…_TCP_PROTO`;
/// Docker's links: the latter, where a port is exposed, `POLLEX_NAME=/web/pollex` and
/// `POLLEX_ENV_…`.
enum InjectedVariables {
    static func contain(_ name: UTF8String, _ text: String) -> Bool {
        let words = name.string.fields(separatedBy: "_", keepsEmpty: true).map { UTF8String($0) }
        if name.ends(with: "_PORT"), Self.isAddress(text) { return true }
        if name.ends(with: "_SERVICE_HOST") { return true }
        if let place = words.lastIndex(of: "SERVICE"), words.dropFirst(place + 1).first == "PORT" {
            return UInt16(text) != nil
        }
        if words.indices.contains(where: { place in
            words[place] == "PORT" && Self.isPort(words.dropFirst(place + 1))
        }) {
            return true
        }
        if name.ends(with: "_NAME") { return text.utf8.first == UInt8(ascii: "/") }
        return words.dropFirst().dropLast().contains { $0.utf8.elementsEqual("ENV".utf8) }
    }

    /// `8080_TCP`, `8080_TCP_ADDR`, `9000_9010_UDP_PORT_START`.
    private static func isPort(_ words: ArraySlice<UTF8String>) -> Bool {
        guard let number = words.first, UInt16(number.string) != nil else { return false }
        return words.contains { ["TCP", "UDP", "SCTP"].contains($0) }
    }

    /// `tcp://10.0.0.1:8080`
    private static func isAddress(_ text: String) -> Bool {
        let text = UTF8String(text)
        return ["tcp://", "udp://", "sctp://"].contains { text.starts(with: $0) }
    }
}
