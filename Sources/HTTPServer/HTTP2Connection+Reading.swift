internal import HTTP
internal import HTTP2
internal import LinuxIO

extension HTTP2Connection {
    /// Reads, and answers what can be answered at once. Whether there was anything.
    ///
    /// - Parameter share: of the turn, less what was read.
    func readSome(_ share: inout Int) -> Bool {
        let input = context.input
        let count: Int
        if !inbound.isEmpty {
            input.load(inbound)
            count = inbound.count
            inbound = []
        } else {
            guard canRead, let received = receive() else { return false }
            count = received
            share -= received
        }
        var start = 0
        while start < count, phase != .closed, !session.isOver {
            // What is left waits for the next turn, or for the client to read.
            guard requestsLeftInTurn > 0, !isBlocked else {
                inbound = input.copy(start..<count)
                break
            }
            let end = min(count, start + HTTP2Session.pieceByteCount)
            let goesOn = input.withBytes(start..<end) { session.receive($0) }
            takeEvents(of: input, from: start)
            guard goesOn else { break }
            start = end
        }
        return true
    }

    /// - Parameter start: where what was received begins.
    func takeEvents(of input: InputBuffer? = nil, from start: Int = 0) {
        while phase != .closed, let event = session.next() {
            switch event {
            case .request(let number, let head, let hasBody):
                requestsLeftInTurn -= 1
                begin(openStream(number), head, hasBody: hasBody)
            case .largeRequest(let number, let hasBody):
                requestsLeftInTurn -= 1
                refuse(.headTooLarge, openStream(number), hasBody: hasBody)
            case .body(let number, let place):
                guard let input, number < streams.count, let stream = streams[number] else {
                    session.consumed(place.count)
                    continue
                }
                let range = start + place.lowerBound..<start + place.upperBound
                stream.bodyCame({ input.copy(range) }, byteCount: range.count)
            case .bodyEnd(let number):
                if number < streams.count { streams[number]?.bodyEnded() }
            case .closed(let number, let isClean): closeStream(number, isClean: isClean)
            }
        }
    }

    private func begin(_ stream: HTTP2Stream, _ place: Range<Int>, hasBody: Bool) {
        shared.scratch.withHead(place) { bytes in
            switch RequestHead.parse(bytes, limits: context.limits.head) {
            case .complete(let head) where head.byteCount == bytes.count:
                stream.begin(head, bytes, hasBody: hasBody)
                answer(head, bytes, with: Reply(on: stream))
            case .failed(let error): refuse(error, stream, hasBody: hasBody)
            case .complete, .incomplete:
                refuse(.malformedFieldLine, stream, hasBody: hasBody)
            }
        }
    }

    private func refuse(_ error: HTTPError, _ stream: HTTP2Stream, hasBody: Bool) {
        stream.failed(hasBody: hasBody)
        context.responder?.refuse(error, with: Reply(on: stream))
    }
}
