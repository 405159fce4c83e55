internal import HTTP
internal import HTTP2

/// A connection of HTTP/2 from its first byte to its last, as its loop goes through it.
extension Parser {
    /// The first byte says how the loop goes on, the second how requests are answered.
    static func checkHTTP2(_ bytes: [UInt8]) {
        guard bytes.count >= 2, let scratch = HTTP2Scratch(),
            let run = HTTP2Run(ways: bytes[0], answers: bytes[1], scratch)
        else { return }
        run.go(through: Array(bytes.dropFirst(2)))
    }
}

/// What is told of each stream comes in order; what is written is whole frames, in which each
/// answer is as it was given; and a session that is refused gets to its end.
private final class HTTP2Run {
    private struct Stream {
        var hasBody = false
        var isAnswered = false
        /// Of its answer, how much was framed.
        var framed = 0
        var offered = 0
        var bodyByteCount = 0
        var received = 0
    }

    private var session: HTTP2Session
    private let scratch: HTTP2Scratch
    private let ways: UInt8
    private let answers: UInt8
    private let limits: HTTP2Limits
    private var streams: [Int: Stream] = [:]
    private var rest: [UInt8] = []
    private var pieces = 0

    private static let rooms = [64 * 1024, 17 * 1024, 4096, 1200]
    private static let pieceByteCounts = [HTTP2Session.pieceByteCount, 100, 9, 1]
    private static let bodyByteCounts = [0, 1, 1500, 40_000]

    init?(ways: UInt8, answers: UInt8, _ scratch: HTTP2Scratch) {
        var limits = HTTP2Limits()
        if ways & 16 != 0 {
            (limits.streams, limits.headByteCount, limits.strain) = (4, 512, 1 << 17)
        }
        guard let session = HTTP2Session(scratch, limits: limits) else { return nil }
        self.session = session
        (self.scratch, self.limits) = (scratch, limits)
        (self.ways, self.answers) = (ways, answers)
    }

    func go(through input: [UInt8]) {
        var bytes = input
        if ways & 32 == 0 {
            bytes = HTTP2Session.preface.withUTF8Buffer { unsafe Array($0) } + bytes
        }
        let size = Self.pieceByteCounts[Int(ways >> 2) & 3]
        var start = 0
        while start < bytes.count, !session.isOver {
            let piece = Array(bytes[start..<min(bytes.count, start + size)])
            start += piece.count
            let goesOn = session.receive(piece.span)
            takeEvents(of: piece)
            write()
            guard goesOn else { break }
            betweenPieces()
        }
        if ways & 64 != 0 {
            session.noticeShutdown()
            write()
        }
        session.shutDown()
        write()
        precondition(!session.hasToWrite || !streams.isEmpty, "all is written that can be")
    }

    /// What time and handlers do.
    private func betweenPieces() {
        pieces += 1
        if pieces % 16 == 0 { session.tick() }
        for number in streams.keys.sorted() where pieces % 3 == 0 {
            if streams[number]?.isAnswered == false { respond(to: number) }
            offer(of: number)
            _ = session.isHeld(number)
        }
        write()
    }

    private func takeEvents(of piece: [UInt8]) {
        while let event = session.next() {
            switch event {
            case .request(let number, let place, let hasBody):
                begin(number, hasBody)
                scratch.withHead(place) { bytes in
                    precondition(bytes.count <= limits.headByteCount + 64, "a bounded head")
                    _ = RequestHead.parse(bytes)
                }
                if answers & 4 == 0 { respond(to: number) }
            case .largeRequest(let number, let hasBody):
                begin(number, hasBody)
                respond(to: number)
            case .body(let number, let place):
                precondition(streams[number]?.hasBody == true, "a body that was told of")
                precondition(piece.indices.contains(place.lowerBound))
                precondition(place.upperBound <= piece.count)
                streams[number]?.received += place.count
                session.consumed(place.count)
                if answers & 8 == 0 { session.consumed(place.count, of: number) }
            case .bodyEnd(let number):
                precondition(streams[number]?.hasBody == true, "the end of what has begun")
                streams[number]?.hasBody = false
            case .closed(let number, _):
                guard let stream = streams.removeValue(forKey: number) else { continue }
                precondition(stream.framed <= stream.bodyByteCount, "no more than the answer")
            }
        }
    }

    private func begin(_ number: Int, _ hasBody: Bool) {
        precondition(streams[number] == nil, "its place was free")
        precondition((0..<1024).contains(number))
        streams[number] = Stream(hasBody: hasBody)
    }

    private func respond(to number: Int) {
        if answers & 16 != 0 { _ = session.sendContinue(to: number) }
        if answers & 32 != 0, number % 3 == 2 { return session.reset(number, .cancelled) }
        let count = Self.bodyByteCounts[Int(answers) & 3]
        let isHere = answers & 64 == 0
        var head = Array("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n".utf8)
        head += Array("ETag: \"x\"\r\nVary: Accept\r\n\r\n".utf8)
        guard
            session.respond(to: number, head.span, bodyByteCount: count, isHere: isHere)
        else { return }
        streams[number]?.isAnswered = true
        streams[number]?.bodyByteCount = count
        streams[number]?.offered = isHere ? count : 0
        if count == 0, streams[number]?.hasBody == true { session.reset(number, .answered) }
    }

    private func offer(of number: Int) {
        guard let stream = streams[number], stream.isAnswered, stream.offered < stream.bodyByteCount
        else { return }
        let count = min(1000, stream.bodyByteCount - stream.offered)
        streams[number]?.offered += count
        session.offer(count, of: number)
    }

    /// All that can be written now.
    private func write() {
        var room = [UInt8](repeating: 0, count: Self.rooms[Int(ways) & 3])
        var turns = 0
        while turns < 10_000 {
            turns += 1
            var streams = streams
            let count = unsafe room.withUnsafeMutableBytes { room in
                unsafe session.write(into: room) { number, gap in
                    guard let stream = streams[number] else {
                        preconditionFailure("a gap of nobody's")
                    }
                    unsafe gap.initializeMemory(as: UInt8.self, repeating: UInt8(number & 255))
                    precondition(gap.count > 0 && stream.framed + gap.count <= stream.offered)
                    streams[number]?.framed += gap.count
                    return true
                }
            }
            self.streams = streams
            takeEvents(of: [])
            guard let count, count > 0 else { return }
            precondition(count <= room.count)
            rest += room[..<count]
            takeFrames()
        }
        preconditionFailure("it writes without end")
    }

    /// Of what was written: whole frames of no more than a client has to take.
    private func takeFrames() {
        var start = 0
        while rest.count - start >= 9 {
            let length = Int(rest[start]) << 16 | Int(rest[start + 1]) << 8 | Int(rest[start + 2])
            precondition(length <= 16_384, "no frame is larger")
            precondition(rest[start + 3] < 10, "no frame is of a kind that is not ours")
            guard rest.count - start >= 9 + length else { break }
            start += 9 + length
        }
        rest.removeFirst(start)
    }
}
