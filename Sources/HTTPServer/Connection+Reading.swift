internal import HTTP
internal import LinuxIO

extension Connection {
    /// Reads and answers requests while they come. `false` when something must be waited for.
    func readRequests() -> Bool {
        if let partialHead { return readMore(of: partialHead) }
        let input = context.input
        if !inbound.isEmpty {
            let count = inbound.count
            input.load(inbound)
            let used = serve(input, count: count)
            if phase == .closed { return false }
            inbound.removeFirst(used)
            return goesOn()
        }
        guard canRead, let count = receive(at: 0) else { return false }
        phaseStart = context.loop.nowNanoseconds
        let used = serve(input, count: count)
        if phase == .closed { return false }
        if used < count { inbound = input.copy(used..<count) }
        return goesOn()
    }

    /// Reads into the loop's input from `offset` on: how many bytes; `nil` when there are none, and
    /// then the connection may be closed.
    @inline(__always)
    private func receive(at offset: Int) -> Int? {
        switch context.input.receive(descriptor, at: offset) {
        case .moved(let count):
            // A short read has emptied the socket (epoll(7)), unless its end is still to be read.
            canRead = count == InputBuffer.capacity - offset || peerHasFinished
            return count
        case .wouldBlock: canRead = false
        case .ended, .failed: close()
        }
        return nil
    }

    /// Whether this turn has a share left for what comes next.
    private func goesOn() -> Bool {
        if phase != .readingHead || requestsLeftInTurn > 0 { return true }
        if canRead || !inbound.isEmpty { yieldTurn() }
        return false
    }

    /// Reads on where a head broke off; each byte of it is looked at once.
    private func readMore(of head: PartialHead) -> Bool {
        let start = inbound.count
        guard canRead, let received = receive(at: start) else { return false }
        context.input.withBytes(start..<start + received) { bytes in
            for index in bytes.indices { inbound.append(bytes[index]) }
        }
        let bytes = inbound
        if case .incomplete = head.parser.parse(bytes.span) { return true }
        // Whole, or wrong: from here on as if it had come at once.
        partialHead = nil
        return true
    }

    /// Answers the requests in the first `count` bytes of `input`; how many bytes were used.
    private func serve(_ input: InputBuffer, count: Int) -> Int {
        var used = 0
        while phase == .readingHead, used < count {
            guard requestsLeftInTurn > 0 else { return used }
            let outcome = input.withBytes(used..<count) { bytes in
                RequestHead.parse(bytes, limits: context.limits.head)
            }
            switch outcome {
            case .incomplete:
                partialHead = PartialHead(limits: context.limits.head)
                return used
            case .failed(let error):
                refuse(error)
                return count
            case .complete(let head):
                requestsLeftInTurn -= 1
                let start = used
                used += head.byteCount
                begin(head)
                input.withBytes(start..<used) { bytes in
                    context.responder?.respond(to: head, bytes: bytes, on: self)
                }
            }
        }
        return used
    }

    private func begin(_ head: RequestHead) {
        body = BodyProgress(head.framing)
        isHEAD = head.method == .head
        usesKeepAliveField = head.minorVersion == 0
        awaitsContinue = head.expectsContinue
        keepsAlive = head.keepAlive && !context.isDraining
    }

    /// Whether what is left of the body may be read and dropped to keep the connection. A client
    /// that waits for `100 Continue` may send it or not: then nobody knows where the next begins.
    var mayDiscardBody: Bool {
        guard !body.isComplete else { return true }
        guard !awaitsContinue, let left = body.remainingByteCount else { return false }
        return left <= context.limits.discardedBodyBytes
    }

    private func refuse(_ error: HTTPError) {
        keepsAlive = false
        isHEAD = false
        usesKeepAliveField = false
        body = .none
        context.responder?.refuse(error, on: self)
    }

    // MARK: Bodies

    /// Reads the body of the request under way. `false` when something must be waited for.
    func readBody() -> Bool {
        if body.isComplete {
            guard phase == .discarding else { return false }
            finishRequest()
            return true
        }
        let input = context.input
        if !inbound.isEmpty {
            guard takesMore else { return false }
            input.load(inbound)
            let used = consumeBody(input, count: inbound.count)
            if phase == .closed { return false }
            inbound.removeFirst(used)
            return used > 0 || phase != .exchanging
        }
        guard canRead, takesMore, let received = receive(at: 0) else { return false }
        let used = consumeBody(input, count: received)
        if phase == .closed { return false }
        if used < received { inbound = input.copy(used..<received) }
        return true
    }

    private var takesMore: Bool { phase == .discarding || !isReadingPaused }

    /// Hands on what of the first `count` bytes belongs to the body; how many bytes were used.
    private func consumeBody(_ input: InputBuffer, count: Int) -> Int {
        var used = 0
        while used < count, !body.isComplete, takesMore {
            do throws(HTTPError) {
                let step = try input.withBodyStep(used..<count, &body)
                movedByteCount += UInt64(step.used)
                if phase == .exchanging, !step.content.isEmpty, let exchange {
                    let chunk = input.copy(
                        used + step.content.lowerBound..<used + step.content.upperBound)
                    isReadingPaused = exchange.push(chunk) == .enough
                }
                used += step.used
            } catch {
                failBody()
                return count
            }
            if phase == .discarding, movedByteCount > context.limits.discardedBodyBytes {
                close()
                return count
            }
        }
        if body.isComplete, phase == .exchanging { exchange?.finishBody() }
        return used
    }

    /// Broken framing: the handler answers 400, and the connection ends with that.
    private func failBody() {
        keepsAlive = false
        body = .none
        if phase == .exchanging {
            exchange?.fail(.malformed)
        } else {
            close()
        }
    }

    /// From the handler, which has taken everything it was given.
    func resumeReading() {
        guard phase == .exchanging else { return }
        isReadingPaused = false
        phaseStart = context.loop.nowNanoseconds
        movedByteCount = 0
        proceed()
    }

    /// From the handler, which wants the body (RFC 9110 §10.1.1).
    func sendContinue() {
        guard phase == .exchanging, awaitsContinue else { return }
        awaitsContinue = false
        phaseStart = context.loop.nowNanoseconds
        guard !body.isComplete, inbound.isEmpty else { return }
        // 25 bytes fit every socket that has nothing else to send.
        let interim: [UInt8] = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
        if Socket.send(descriptor, interim.span) != .moved(interim.count) { return reset() }
        proceed()
    }

    /// No more than a turn's share: the peer may send for as long as it lingers.
    func dropInput() {
        var share = Self.bytesPerTurn
        while canRead {
            guard share > 0 else { return yieldTurn() }
            share -= InputBuffer.capacity
            guard receive(at: 0) != nil else { return }
        }
    }
}

/// How far the head in a connection's `inbound` has been read. An object of its own, for few
/// connections need one.
final class PartialHead {
    var parser: RequestHeadParser

    init(limits: HeadLimits) { parser = RequestHeadParser(limits: limits) }
}

extension InputBuffer {
    /// Decodes the next piece of a body: the bytes used, and where in them its content lies.
    fileprivate func withBodyStep(
        _ range: Range<Int>, _ body: inout BodyProgress
    ) throws(HTTPError) -> (used: Int, content: Range<Int>) {
        switch consume body {
        case .none:
            body = .none
            return (0, 0..<0)
        case .length(let left):
            let used = Int(min(left, UInt64(range.count)))
            let rest = left - UInt64(used)
            body = rest == 0 ? .none : .length(rest)
            return (used, 0..<used)
        case .chunked(var decoder):
            body = .none
            let step = try withBytes(range) { (bytes) throws(HTTPError) in
                try decoder.decode(bytes)
            }
            if !step.isFinished { body = .chunked(decoder) }
            return (step.consumed, step.content)
        }
    }
}
