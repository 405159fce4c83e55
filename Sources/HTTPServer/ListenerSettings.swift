internal import HTTP
package import LinuxIO
package import TLS

/// One listener: where it listens, and whose word it takes for who the client is.
package struct ListenerSettings: Sendable {
    package var place: ListenerPlace
    /// Whether connections begin with a header of the PROXY protocol.
    package var proxyProtocol = ProxyProtocol.off
    /// Who may say that it passes on what another one sent. Who comes by a Unix socket may always:
    /// its mode says who can.
    package var trusted: [NetworkRange] = []
    /// How they say it in a request.
    package var forwarding = ForwardingField.none

    /// What it speaks TLS with; `nil`: it does not.
    package var tls: TLSProvider?
    /// By ALPN inside TLS, else to who begins with its preface.
    package var speaksHTTP2 = true
    /// Where clients are sent instead of being answered: this port, by HTTPS. 0: they are answered.
    package var redirectPort: UInt16 = 0
    /// For how long browsers are to come by TLS alone (RFC 6797), in seconds; said inside TLS.
    package var strictTransportSeconds: UInt32?

    package init(_ place: ListenerPlace) { self.place = place }

    /// A field of an answer inside TLS.
    func appendStrictTransport(to output: inout OutputBuffer) {
        guard let seconds = strictTransportSeconds else { return }
        output.append("Strict-Transport-Security: max-age=")
        output.append(decimal: UInt64(seconds))
        output.append("\r\n")
    }

    func trusts(_ peer: PeerAddress) -> Bool {
        peer.isLocal || trusted.contains { $0.contains(peer) }
    }
}

package enum ListenerPlace: Equatable, Sendable, CustomStringConvertible {
    case address(SocketAddress)
    /// A Unix socket; the group is the process's where there is none.
    case file(path: String, mode: UInt32, group: UInt32?)

    package var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .file(let path, _, _): path
        }
    }
}

package enum ProxyProtocol: Equatable, Sendable {
    case off
    /// Taken from who is trusted, and not asked for: nobody but this machine can come here.
    case accepted
    /// Asked for, of who is trusted; others are closed.
    case required
}

/// The field that says whom a request came from.
package enum ForwardingField: Equatable, Sendable {
    case none
    /// RFC 7239.
    case forwarded
    case xForwardedFor
}
