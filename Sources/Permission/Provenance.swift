package import HTTP
package import LinuxIO

/// Where a request comes from, as far as its head and its peer tell. Without a token that decides:
/// who sits at the machine needs none where the rule is `auto`, and what a page of another origin
/// has a browser send changes nothing.
///
/// A browser sets `Host`, `Origin` and `Sec-Fetch-Site` itself; no page can. Whoever writes his own
/// requests can leave all of them out, and gains nothing by it that he had not before.
package struct Provenance {
    /// Sent on this machine, to a name that only this machine has, by nobody who passes on what
    /// others sent.
    package let isLocal: Bool
    /// The request's browser says that a page of another origin, which is not listed, sends it.
    package let isForeign: Bool

    /// - Parameters:
    ///   - bytes: those the head was parsed from.
    ///   - listed: the origins whose pages may do what pages of our own may.
    package init(
        _ head: RequestHead, in bytes: Span<UInt8>, from peer: PeerAddress, listed: [String]
    ) {
        var isPassedOn = head.minorVersion == 0
        var origins: [[UInt8]] = []
        var isCrossSite = false
        head.forEachField(in: bytes) { name, value in
            if Self.isOfIntermediary(name) { isPassedOn = true }
            if name.isEqualIgnoringCase(to: "origin") { origins.append(value.array) }
            if name.isEqualIgnoringCase(to: "sec-fetch-site") {
                // What is neither is `same-site`, `cross-site` or of a standard to come.
                let isOwn =
                    value.isEqualIgnoringCase(to: "same-origin")
                    || value.isEqualIgnoringCase(to: "none")
                if !isOwn { isCrossSite = true }
            }
        }
        isLocal = !isPassedOn && peer.isLoopback && Self.namesThisMachine(head, in: bytes)
        let isListed =
            origins.count == 1 && listed.contains { origins[0].elementsEqual($0.utf8) }
        let authority = bytes.extracting(head.authority.range)
        let isOwn = origins.allSatisfy { Self.isOrigin($0.span, of: authority) }
        isForeign = !isListed && (isCrossSite || !isOwn)
    }

    /// The target's authority and the `Host` field, should both be there. A name of the DNS may
    /// point here today because its owner wants a page of his to reach us.
    private static func namesThisMachine(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard !head.authority.isEmpty else { return false }
        return isLoopback(bytes.extracting(head.authority.range))
            && head[.host].map { isLoopback(bytes.extracting($0.range)) } != false
    }

    private static func isLoopback(_ authority: Span<UInt8>) -> Bool {
        switch Authority.host(of: authority) {
        case .localhost, .loopbackAddress: true
        case .address, .name: false
        }
    }

    /// A serialized origin (RFC 6454 §6.2) of this host and port. The scheme is not compared: who
    /// ends TLS in front of us speaks plainly to us.
    private static func isOrigin(_ origin: Span<UInt8>, of authority: Span<UInt8>) -> Bool {
        for scheme in ["http://", "https://"] as [StaticString]
        where origin.startsIgnoringCase(with: scheme) {
            let host = origin.extracting(scheme.utf8CodeUnitCount...)
            return !host.isEmpty && host.isEqualIgnoringCase(to: authority)
        }
        return false
    }

    /// Fields by which a proxy or a balancer says that it passes on somebody else's request
    /// (RFC 9110 §7.6.3, RFC 7239, and what was there before them). HTTP/1.0, which is asked for
    /// above, is what nginx speaks to those behind it unless told otherwise.
    private static func isOfIntermediary(_ name: Span<UInt8>) -> Bool {
        let names: [StaticString] = [
            "forwarded", "via", "cdn-loop", "x-real-ip", "client-ip", "x-client-ip",
            "x-cluster-client-ip", "true-client-ip", "x-originating-ip", "x-remote-ip",
            "x-remote-addr", "x-proxyuser-ip", "x-varnish", "do-connecting-ip",
        ]
        let prefixes: [StaticString] = [
            "x-forwarded", "x-original-", "x-envoy-", "cf-", "fastly-", "fly-", "x-azure-",
            "x-appengine-", "x-akamai-", "x-amzn-", "x-amz-cf-", "x-arr-", "x-nf-", "x-vercel-",
        ]
        return names.contains { name.isEqualIgnoringCase(to: $0) }
            || prefixes.contains { name.startsIgnoringCase(with: $0) }
    }
}

extension Method {
    /// Meant to change nothing (RFC 9110 §9.2.1).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .patch, .connect, .unknown: false
        }
    }
}

extension Span<UInt8> {
    fileprivate func isEqualIgnoringCase(to other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices
        where UInt8.lowercased(self[index]) != UInt8.lowercased(other[index]) { return false }
        return true
    }
}

extension UInt8 {
    fileprivate static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
