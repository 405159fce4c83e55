internal import Coding

/// Host and port, as in `Host`, in `CONNECT` and in absolute targets (RFC 3986 §3.2).
package enum Authority {
    /// What the host of an authority is to a server that has to know its own names.
    package enum Host: Hashable, Sendable {
        /// `localhost`, in any case, with or without the dot of the root (RFC 6761 §6.3).
        case localhost
        /// Of 127.0.0.0/8, or `::1`.
        case loopbackAddress
        /// Another one as it is written: four decimal numbers, or brackets.
        case address
        /// Anything else: a name that the DNS may point anywhere.
        case name
    }

    /// - Parameter bytes: an authority that was found valid.
    package static func host(of bytes: Span<UInt8>) -> Host {
        guard let end = endOfHost(bytes) else { return .name }
        let host = bytes.extracting(..<end)
        if host[0] == UInt8(ascii: "[") {
            return isLoopback(literal: host.extracting(1..<end - 1)) ? .loopbackAddress : .address
        }
        if isIPv4(host, in: 0..<end) {
            return host.equals("127.", from: 0) ? .loopbackAddress : .address
        }
        let isRooted = host[end - 1] == UInt8(ascii: ".")
        let name = isRooted ? host.extracting(..<(end - 1)) : host
        return name.isEqualIgnoringCase(to: "localhost") ? .localhost : .name
    }

    /// `::1`, however its zeros are written.
    private static func isLoopback(literal: Span<UInt8>) -> Bool {
        var significant = 0
        for index in literal.indices
        where literal[index] != UInt8(ascii: "0") && literal[index] != .colon { significant += 1 }
        return significant == 1 && literal[literal.count - 1] == UInt8(ascii: "1")
    }

    /// `host [":" [port]]`: a reg-name without empty labels but for a trailing dot, an IPv4 address
    /// or an IPv6 literal in brackets; no userinfo (RFC 9110 §4.2.4), no empty host (§4.2.1).
    static func isValid(_ bytes: Span<UInt8>) -> Bool { endOfHost(bytes) != nil }

    /// With a port that is not empty, as `CONNECT` needs it.
    static func isValidWithPort(_ bytes: Span<UInt8>) -> Bool {
        guard let end = endOfHost(bytes) else { return false }
        return bytes.count - end > 1
    }

    /// How much of an authority that was found valid is its host.
    package static func hostByteCount(of bytes: Span<UInt8>) -> Int {
        endOfHost(bytes) ?? bytes.count
    }

    /// Where the host ends and the port, if any, begins with its colon; `nil` if malformed.
    private static func endOfHost(_ bytes: Span<UInt8>) -> Int? {
        guard !bytes.isEmpty else { return nil }
        let end: Int
        if bytes[0] == UInt8(ascii: "[") {
            end = bytes.indexOfFirst(notIn: .ipv6, from: 1)
            guard end < bytes.count, bytes[end] == UInt8(ascii: "]"), isIPv6(bytes, in: 1..<end)
            else { return nil }
            return hasValidPort(bytes, from: end + 1) ? end + 1 : nil
        }
        end = bytes.indexOfFirst(notIn: .regName, from: 0)
        guard isRegName(bytes, to: end), hasValidPort(bytes, from: end) else { return nil }
        return end
    }

    /// Nothing, or a colon and at most 65535 in digits.
    private static func hasValidPort(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        guard start < bytes.count else { return true }
        guard bytes[start] == .colon, bytes.count - start <= 6 else { return false }
        var port = 0
        for index in start + 1..<bytes.count {
            guard bytes[index].isDigit else { return false }
            port = port * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        }
        return port <= 65_535
    }

    /// The bytes are of the right class; what is left are dots and percent signs.
    private static func isRegName(_ bytes: Span<UInt8>, to end: Int) -> Bool {
        guard end > 0 else { return false }
        var previous = UInt8(ascii: ".")
        for index in 0..<end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "."), previous == byte { return false }
            if byte == UInt8(ascii: "%") {
                guard index + 2 < end, bytes[index + 1].hexValue != nil,
                    bytes[index + 2].hexValue != nil
                else { return false }
            }
            previous = byte
        }
        return true
    }

    /// Eight groups of one to four hex digits, one run of which may be `::`; the last two may be
    /// an IPv4 address (RFC 3986 §3.2.2).
    private static func isIPv6(_ bytes: Span<UInt8>, in range: Range<Int>) -> Bool {
        var groups = 0
        var hasGap = false
        var index = range.lowerBound
        while index < range.upperBound {
            if bytes[index] == .colon {
                // Only a gap may stand here: single colons are taken behind their group.
                guard !hasGap, index + 1 < range.upperBound, bytes[index + 1] == .colon
                else { return false }
                hasGap = true
                index += 2
                continue
            }
            let start = index
            while index < range.upperBound, bytes[index].hexValue != nil { index += 1 }
            guard index > start else { return false }
            if index < range.upperBound, bytes[index] == UInt8(ascii: ".") {
                guard isIPv4(bytes, in: start..<range.upperBound) else { return false }
                groups += 2
                break
            }
            groups += 1
            guard index - start <= 4 else { return false }
            guard index < range.upperBound else { break }
            let next = index + 1
            guard bytes[index] == .colon, next < range.upperBound else { return false }
            if bytes[next] != .colon { index = next }
        }
        return hasGap ? groups <= 7 : groups == 8
    }

    private static func isIPv4(_ bytes: Span<UInt8>, in range: Range<Int>) -> Bool {
        var parts = 0
        var index = range.lowerBound
        while index < range.upperBound {
            let start = index
            var number = 0
            while index < range.upperBound, bytes[index].isDigit, index - start < 3 {
                number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
                index += 1
            }
            let hasLeadingZero = index - start > 1 && bytes[start] == UInt8(ascii: "0")
            guard index > start, number <= 255, !hasLeadingZero else { return false }
            parts += 1
            guard index < range.upperBound else { break }
            guard bytes[index] == UInt8(ascii: "."), index + 1 < range.upperBound
            else { return false }
            index += 1
        }
        return parts == 4
    }
}
