package import HTTP

/// The answer to `OPTIONS`, which to a browser is a preflight (Fetch standard §4.8): what a page of
/// another origin may send.
///
/// Which fields it may send is not for us to choose: every upload widget has some of its own, none
/// opens anything here, and what is not known is passed over. So those that were asked for are
/// allowed.
package struct Preflight {
    /// Seconds for which a browser need not ask again.
    private static let maximumAge: StaticString = "86400"
    /// Names that are allowed in one answer, and bytes of them; beyond, a name is left out.
    private static let nameLimit = 64
    private static let byteLimit = 2048
    /// Where none are asked for.
    private static let usualNames: StaticString = """
        Authorization, Content-Type, Content-Digest, Repr-Digest, Range, Cache-Control, \
        X-Requested-With, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, \
        If-Range, X-Request-Id
        """

    package let lines: [UInt8]

    /// - Parameters:
    ///   - isDelivery: whether the route answers with images.
    ///   - allowed: the methods of the route.
    package init(
        to head: RequestHead, in bytes: Span<UInt8>, isDelivery: Bool, allowed: MethodSet,
        fields: DeliveryFields
    ) {
        let asksForDelivery = isDelivery && Self.isRead(head, in: bytes)
        let readable = asksForDelivery ? fields.readable : fields.indexReadable
        // A browser keeps what is said of all methods for the URL.
        let isListed = !fields.indexReadable.isEmpty
        let isPreflight = head[.accessControlRequestMethod] != nil
        let isNarrow = isPreflight && asksForDelivery && !isListed
        let methods = isNarrow ? allowed.intersection([.get, .head, .options]) : allowed
        var lines = OutputBuffer()
        lines.appendField("Allow", allowed)
        lines.appendField("Access-Control-Allow-Methods", methods)
        lines.append("Access-Control-Allow-Headers: ")
        let names = Self.requestedNames(head, in: bytes)
        if names.isEmpty { lines.append(Self.usualNames) } else { lines.append(names.span) }
        lines.append("\r\n")
        lines.append(readable.span)
        lines.appendField("Access-Control-Max-Age", Self.maximumAge)
        // For caches on the way that keep preflights; a browser goes by the field above.
        lines.appendField("Cache-Control", "public, max-age=86400")
        lines.appendField(
            "Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
        self.lines = lines.copy()
    }

    /// Whether what comes afterwards only reads, as far as this says.
    private static func isRead(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let place = head[.accessControlRequestMethod] else { return true }
        let method = bytes.extracting(place.range)
        return method.isEqual(to: Array("GET".utf8).span)
            || method.isEqual(to: Array("HEAD".utf8).span)
    }

    private static func requestedNames(_ head: RequestHead, in bytes: Span<UInt8>) -> [UInt8] {
        var names: [UInt8] = []
        var count = 0
        head.forEachElement(of: .accessControlRequestHeaders, in: bytes) { name in
            guard count < nameLimit, names.count + name.count + 2 <= byteLimit, name.isToken
            else { return }
            if !names.isEmpty { names += Array(", ".utf8) }
            names += name.array
            count += 1
        }
        return names
    }
}
