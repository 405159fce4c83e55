package import LinuxIO

/// One listener: where it listens, and whose word it takes for who the client is.
package struct ListenerSettings: Equatable, Sendable {
    package var place: ListenerPlace
    /// Whether connections begin with a header of the PROXY protocol.
    package var proxyProtocol = ProxyProtocol.off
    /// Who may say that it passes on what another one sent. Who comes by a Unix socket may always:
    /// its mode says who can.
    package var trusted: [NetworkRange] = []
    /// How they say it in a request.
    package var forwarding = ForwardingField.none

    package init(_ place: ListenerPlace) { self.place = place }

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
