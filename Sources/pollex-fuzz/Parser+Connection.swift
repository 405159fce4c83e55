internal import HTTP
internal import HTTPServer
internal import LinuxIO

/// What balancers say of those whose bytes or requests they pass on.
extension Parser {
    /// The header is the same however many of its bytes have come, and what follows it is not
    /// looked at.
    static func checkProxyHeader(_ bytes: [UInt8]) {
        let whole = ProxyHeader.parse(bytes.span)
        for count in 0..<bytes.count {
            let part = ProxyHeader.parse(bytes.span.extracting(first: count))
            switch (part, whole) {
            case (.incomplete, .incomplete), (.incomplete, .malformed), (.malformed, .malformed):
                break
            case (.incomplete, .complete(let header)): precondition(count < header.byteCount)
            case (.complete, _):
                precondition(part == whole)
            default: preconditionFailure("\(part) of \(count) bytes, \(whole) of all")
            }
        }
        switch whole {
        case .complete(let header):
            precondition(header.byteCount <= bytes.count && ProxyHeader.begins(bytes.span))
            precondition(header.byteCount <= ProxyHeader.longest && header.client?.isLocal != true)
        // It is waited for no longer than it can be.
        case .incomplete: precondition(bytes.count < ProxyHeader.longest)
        case .malformed: break
        }
    }

    /// The client is the peer or one that stands in the field, and whoever stands to its right is
    /// trusted.
    static func checkForwarded(_ bytes: [UInt8]) {
        let fields: [(String, ForwardingField)] = [
            ("Forwarded", .forwarded), ("X-Forwarded-For", .xForwardedFor),
        ]
        for (name, field) in fields {
            let start = Array("GET / HTTP/1.1\r\nHost: e\r\n\(name): ".utf8)
            let request = start + bytes + [13, 10, 13, 10]
            guard case .complete(let head) = RequestHead.parse(request.span) else { continue }
            let peer = PeerAddress(ipv4: 0x0A00_0001)
            let first = ForwardedClient.find(
                head, in: request.span, by: field, from: peer, trusts: { $0 == peer })
            precondition(!first.isLocal)
            let all = ForwardedClient.find(
                head, in: request.span, by: field, from: peer, trusts: { _ in true })
            precondition(!all.isLocal)
            let none = ForwardedClient.find(
                head, in: request.span, by: .none, from: peer, trusts: { _ in true })
            precondition(none == peer)
        }
    }
}
