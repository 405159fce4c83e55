/// Which form a request target has, and whether the method allows it (RFC 9112 §3.2).
enum RequestTarget {
    /// `bytes[start..<end]` is not empty, of ASCII, and holds no blanks and no control bytes.
    /// Anything else that RFC 3986 does not allow is left to the code that knows the resources.
    static func read(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, into head: inout RequestHead
    ) throws(HTTPError) {
        head.target = Slice(from: start, to: end)
        if head.method == .connect {
            guard Authority.isValidWithPort(bytes.extracting(start..<end))
            else { throw .malformedTarget }
            head.targetForm = .authority
            head.authority = head.target
        } else if bytes[start] == UInt8(ascii: "/") {
            head.targetForm = .origin
        } else if end - start == 1, bytes[start] == UInt8(ascii: "*") {
            guard head.method == .options else { throw .malformedTarget }
            head.targetForm = .asterisk
        } else {
            try readAbsolute(bytes, from: start, to: end, into: &head)
        }
    }

    private static func readAbsolute(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, into head: inout RequestHead
    ) throws(HTTPError) {
        let line = bytes.extracting(0..<end)
        let authorityStart: Int
        if line.equalsIgnoringCase("http://", from: start) {
            authorityStart = start + 7
        } else if line.equalsIgnoringCase("https://", from: start) {
            authorityStart = start + 8
        } else {
            throw .malformedTarget
        }
        var pathStart = authorityStart
        while pathStart < end, !endsAuthority(bytes[pathStart]) { pathStart += 1 }
        guard Authority.isValid(bytes.extracting(authorityStart..<pathStart))
        else { throw .malformedTarget }
        head.targetForm = .absolute
        head.authority = Slice(from: authorityStart, to: pathStart)
        head.target = Slice(from: pathStart, to: end)
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }
}
