/// A frame of HTTP/2 (RFC 9113 §4.1), right or wrong, and how its bytes are.
package struct HTTP2Frame: Equatable, Sendable {
    package let type: UInt8
    package let flags: UInt8
    package let stream: UInt32
    package let payload: [UInt8]

    package static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    package static func bytes(
        type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []
    ) -> [UInt8] {
        let length = payload.count
        return [UInt8(length >> 16), UInt8(length >> 8 & 255), UInt8(length & 255), type, flags]
            + number(stream) + payload
    }

    package static func number(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }

    /// One field as a literal that is not kept.
    package static func field(_ name: String, _ value: String) -> [UInt8] {
        [0] + text(name) + text(value)
    }

    private static func text(_ text: String) -> [UInt8] {
        var count = text.utf8.count
        guard count >= 127 else { return [UInt8(count)] + Array(text.utf8) }
        count -= 127
        var length: [UInt8] = [127]
        while count >= 128 {
            length.append(UInt8(count & 127 | 128))
            count >>= 7
        }
        return length + [UInt8(count)] + Array(text.utf8)
    }

    /// `GET /<path>` of `http://a`, in one frame.
    package static func request(
        _ stream: UInt32, method: String = "GET", path: String = "/", ends: Bool = true,
        more: [UInt8] = []
    ) -> [UInt8] {
        let block =
            field(":method", method) + field(":path", path) + field(":scheme", "http")
            + field(":authority", "a") + more
        return bytes(type: 1, flags: ends ? 5 : 4, stream: stream, block)
    }

    /// Whole frames; how many bytes they are besides.
    package static func read(_ bytes: [UInt8]) -> [HTTP2Frame] {
        var frames: [HTTP2Frame] = []
        var rest = bytes[...]
        while let frame = next(&rest) { frames.append(frame) }
        return frames
    }

    /// Takes one, if it is whole.
    package static func next(_ rest: inout ArraySlice<UInt8>) -> HTTP2Frame? {
        let head = Array(rest.prefix(9))
        guard head.count == 9 else { return nil }
        let length = Int(number(head[..<3]))
        guard rest.count >= 9 + length else { return nil }
        rest = rest.dropFirst(9)
        let payload = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        return HTTP2Frame(
            type: head[3], flags: head[4], stream: number(head[5..<9]), payload: payload)
    }

    package static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
        bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

extension [HTTP2Frame] {
    /// What the GOAWAY among them says.
    package var goodbye: UInt32? {
        last { $0.type == 7 }.map { HTTP2Frame.number($0.payload.dropFirst(4).prefix(4)) }
    }

    /// What an RST_STREAM among them says.
    package var reset: UInt32? {
        last { $0.type == 3 }.map { HTTP2Frame.number($0.payload) }
    }

    package func body(_ stream: UInt32) -> [UInt8] {
        filter { $0.type == 0 && $0.stream == stream }.flatMap(\.payload)
    }
}
