import TestSupport

/// A client of HTTP/2 on one connection, which opens its windows as wide as it is told.
final class HTTP2Client {
    let client: Client
    private var nextStream: UInt32 = 1
    private var rest: ArraySlice<UInt8> = []
    private(set) var frames: [HTTP2Frame] = []

    /// - Parameter window: of each answer, and of all together unless it is small.
    init(_ client: Client, window: UInt32 = 1 << 30) throws {
        self.client = client
        let settings = [0, 4] + HTTP2Frame.number(window)
        try client.send(
            HTTP2Frame.preface + HTTP2Frame.bytes(type: 4, settings)
                + HTTP2Frame.bytes(type: 8, HTTP2Frame.number(1 << 30)))
        // The windows that the server offers count when they have been acknowledged.
        try read { $0.type == 4 && $0.flags == 0 }
        try client.send(HTTP2Frame.bytes(type: 4, flags: 1))
    }

    @discardableResult
    func ask(
        _ path: String, method: String = "GET", ends: Bool = true, more: [UInt8] = []
    ) throws -> UInt32 {
        defer { nextStream += 2 }
        try client.send(
            HTTP2Frame.request(nextStream, method: method, path: path, ends: ends, more: more))
        return nextStream
    }

    func send(_ body: [UInt8], on stream: UInt32, ends: Bool = true) throws {
        try client.send(HTTP2Frame.bytes(type: 0, flags: ends ? 1 : 0, stream: stream, body))
    }

    /// What may be sent of bodies since the beginning, by the window of all of them.
    var opened: Int {
        65_535
            + frames.filter { $0.type == 8 && $0.stream == 0 }
            .reduce(0) { $0 + Int(HTTP2Frame.number($1.payload)) }
    }

    /// Reads until there is such a frame.
    @discardableResult
    func read(until wanted: (HTTP2Frame) -> Bool) throws -> HTTP2Frame {
        if let found = frames.first(where: wanted) { return found }
        while true {
            while let frame = HTTP2Frame.next(&rest) {
                frames.append(frame)
                if wanted(frame) { return frame }
            }
            try client.receiveMore()
            rest += client.takeReceived()
        }
    }

    /// The whole body of an answer.
    func body(of stream: UInt32) throws -> [UInt8] {
        try read { frame in
            frame.stream == stream && frame.type <= 1 && frame.flags & 1 == 1
        }
        return frames.body(stream)
    }

    /// What the server said at its end; `nil`: nothing.
    func goodbye() -> UInt32? {
        _ = try? read { $0.type == 7 }
        return frames.goodbye
    }
}
