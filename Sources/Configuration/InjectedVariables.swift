/// What container platforms put into the environment of every container for a service, or a linked
/// container, named `pollex` or `pollex-…`: names that begin as the configuration's do, and are
/// none of it. By their shape alone, and where they are known by it by their value, so that a
/// mistyped key is still one.
///
/// Kubernetes: `POLLEX_SERVICE_HOST`, `POLLEX_SERVICE_PORT`, `POLLEX_SERVICE_PORT_HTTP`,
/// `POLLEX_PORT=tcp://…`, `POLLEX_PORT_8080_TCP`, `…_TCP_ADDR`, `…_TCP_PORT`, `…_TCP_PROTO`; Docker's
/// links: the latter, `POLLEX_NAME=/web/pollex` and `POLLEX_ENV_…` beside it.
struct InjectedVariables {
    /// Of those beside which there may be `…_NAME` and `…_ENV_…`.
    private let linked: Set<String>

    init(among environment: [String: String]) {
        linked = Set(
            environment.compactMap { name, text in
                name.hasSuffix("_PORT") && Self.isAddress(text) ? String(name.dropLast(5)) : nil
            })
    }

    func contain(_ name: String, _ text: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        if name.hasSuffix("_PORT"), Self.isAddress(text) { return true }
        if name.hasSuffix("_SERVICE_HOST") { return true }
        if let place = words.lastIndex(of: "SERVICE"), words.dropFirst(place + 1).first == "PORT" {
            return UInt16(text) != nil
        }
        if let place = words.lastIndex(of: "PORT"), Self.isPort(words.dropFirst(place + 1)) {
            return true
        }
        return linked.contains { stem in
            name == stem + "_NAME" && text.hasPrefix("/") || name.hasPrefix(stem + "_ENV_")
        }
    }

    /// `8080_TCP`, `8080_TCP_ADDR`, `9000_9010_UDP_PORT_START`.
    private static func isPort(_ words: ArraySlice<Substring>) -> Bool {
        guard let number = words.first, UInt16(number) != nil else { return false }
        return words.contains { ["TCP", "UDP", "SCTP"].contains($0) }
    }

    /// `tcp://10.0.0.1:8080`
    private static func isAddress(_ text: String) -> Bool {
        ["tcp://", "udp://", "sctp://"].contains { text.hasPrefix($0) }
    }
}
