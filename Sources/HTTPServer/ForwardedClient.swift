package import HTTP
package import LinuxIO

/// The client of a request that came through proxies which are trusted, by what they say of it.
///
/// Each appends whom it got the request from, so the list is read from the right: as long as an
/// address is of a trusted one, the one before it counts. What the client wrote itself stands to
/// the left of where that ends and is never reached.
package enum ForwardedClient {
    /// Further ones are not looked at: nobody stands behind more proxies of his own.
    private static let hopLimit = 32

    /// - Parameters:
    ///   - bytes: those the head was parsed from.
    ///   - peer: who sent it, who is trusted.
    package static func find(
        _ head: RequestHead, in bytes: Span<UInt8>, by field: ForwardingField,
        from peer: PeerAddress, trusts: (PeerAddress) -> Bool
    ) -> PeerAddress {
        let known: KnownField
        switch field {
        case .none: return peer
        case .forwarded: known = .forwarded
        case .xForwardedFor: known = .xForwardedFor
        }
        guard head[known] != nil else { return peer }
        // The last ones, each in the place of its number: without heap, for hits come here.
        var hops = InlineArray<32, PeerAddress>(repeating: .local)
        var count = 0
        head.forEachElement(of: known, in: bytes, heedsQuotes: false) { element in
            hops[count % Self.hopLimit] = hop(element, isNode: known == .forwarded) ?? .local
            count += 1
        }
        var client = peer
        for index in 0..<min(count, Self.hopLimit) {
            let hop = hops[(count - 1 - index) % Self.hopLimit]
            // `unknown`, or a name that hides it: nobody knows who stands before it.
            guard !hop.isLocal else { return client }
            client = hop
            guard trusts(hop) else { return client }
        }
        return client
    }

    private static func hop(_ element: Span<UInt8>, isNode: Bool) -> PeerAddress? {
        guard isNode else { return address(of: element) }
        guard let node = ForwardedElement(element)?.node else { return nil }
        return address(of: element.extracting(node))
    }

    /// An address and nothing else, in brackets or not, with a port or not.
    private static func address(of text: Span<UInt8>) -> PeerAddress? {
        guard let first = text.first else { return nil }
        if first == UInt8(ascii: "[") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            guard isPort(text.extracting((end + 1)...)) else { return nil }
            return PeerAddress(text.extracting(1..<end))
        }
        if let address = PeerAddress(text) { return address }
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")),
            isPort(text.extracting(colon...))
        else { return nil }
        return PeerAddress(text.extracting(0..<colon))
    }

    /// A colon and one to five digits, or nothing.
    private static func isPort(_ text: Span<UInt8>) -> Bool {
        guard !text.isEmpty else { return true }
        guard text[0] == UInt8(ascii: ":"), (2...6).contains(text.count) else { return false }
        for index in 1..<text.count where !(0x30...0x39).contains(text[index]) { return false }
        return true
    }
}

extension Span<UInt8> {
    fileprivate var first: UInt8? { isEmpty ? nil : self[0] }

    fileprivate func firstIndex(of byte: UInt8) -> Int? { indices.first { self[$0] == byte } }
}
