internal import HTTP
internal import LinuxIO

extension HTTP1Connection {
    /// Reads and answers requests while they come. `false` when something must be waited for.
    func readRequests() -> Bool {
        if let partialHead { return readMore(of: partialHead) }
        let input = context.input
        if !inbound.isEmpty {
            let count = inbound.count
            input.load(inbound)
            let used = serve(input, count: count)
            if cycle.phase == .closed { return false }
            inbound.removeFirst(used)
            return goesOn()
        }
        guard canRead, let count = receive(at: 0) else { return false }
        cycle.headBegan(at: now)
        let used = serve(input, count: count)
        if cycle.phase == .closed { return false }
        if used < count { inbound = input.copy(used..<count) }
        return goesOn()
    }

    /// Reads into the loop's input from `offset` on: how many bytes; `nil` when there are none, and
    /// then the connection may be closed.
    @inline(__always)
    private func receive(at offset: Int) -> Int? {
        switch transport.receive(into: context.input, at: offset) {
        case .moved(let count):
            // An end is still to be read.
            canRead = transport.mayHaveMore(after: count, at: offset) || cycle.peerHasFinished
            return count
        case .wouldBlock: canRead = false
        case .ended, .failed: close()
        }
        return nil
    }

    /// Whether this turn has a share left for what comes next.
    private func goesOn() -> Bool {
        if cycle.phase != .readingHead || requestsLeftInTurn > 0 { return true }
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
        while cycle.phase == .readingHead, used < count {
            guard requestsLeftInTurn > 0 else { return used }
            let outcome = input.withBytes(used..<count) { bytes in
                RequestHead.parse(bytes, limits: context.limits.head)
            }
            switch outcome {
            case .incomplete:
                partialHead = PartialHead(limits: context.limits.head)
                return used
            case .failed(let error):
                if mayGreet, let outcome = proxyHeader(in: input, used..<count) {
                    guard let byteCount = outcome else { return used }
                    used += byteCount
                    continue
                }
                if error == .unsupportedVersion, isHTTP2(input, used..<count),
                    turnsToHTTP2(with: input.copy(used..<count))
                {
                    return count
                }
                cycle.requestFailed()
                context.responder?.refuse(error, with: Reply(on: self))
                return count
            case .complete(let head):
                requestsLeftInTurn -= 1
                let start = used
                used += head.byteCount
                cycle.requestCame(head, isLast: context.isDraining)
                input.withBytes(start..<used) { requestCame(head, bytes: $0) }
                if cycle.readsBodyFirst(head) {
                    heldHead = HeldHead(head: head, bytes: input.copy(start..<used))
                    cycle.bodyComesFirst(at: now)
                    return used
                }
                input.withBytes(start..<used) { answer(head, $0, with: Reply(on: self)) }
            }
        }
        return used
    }

    /// What is no request may be what a balancer says of it: how many bytes that was, or none
    /// when it is not whole, or refused; `nil` when it is something else.
    private func proxyHeader(in input: InputBuffer, _ place: Range<Int>) -> Int?? {
        let outcome = input.withBytes(place) {
            ProxyHeader.begins($0) ? ProxyHeader.parse($0) : .malformed
        }
        switch outcome {
        case .malformed: return nil
        case .incomplete:
            partialHead = PartialHead(limits: context.limits.head)
            return .some(nil)
        case .complete(let header):
            guard greeted(by: header) else {
                reset()
                return .some(nil)
            }
            return header.byteCount
        }
    }

    private func isHTTP2(_ input: InputBuffer, _ place: Range<Int>) -> Bool {
        input.withBytes(place) { $0.equals("PRI * HTTP/2.0\r\n", from: 0) }
    }

    // MARK: Bodies

    /// Reads the body of the request under way. `false` when something must be waited for.
    func readBody() -> Bool {
        if cycle.body.isComplete {
            guard cycle.phase == .discarding else { return false }
            cycle.bodyDropped(at: now)
            if let held = takeHeldHead() {
                let bytes = held.bytes
                answer(held.head, bytes.span, with: Reply(on: self))
            }
            return true
        }
        guard cycle.takesBody else { return false }
        let input = context.input
        if !inbound.isEmpty {
            input.load(inbound)
            let used = consumeBody(input, count: inbound.count)
            if cycle.phase == .closed { return false }
            inbound.removeFirst(used)
            return used > 0 || cycle.phase != .exchanging
        }
        guard canRead, let received = receive(at: 0) else { return false }
        let used = consumeBody(input, count: received)
        if cycle.phase == .closed { return false }
        if used < received { inbound = input.copy(used..<received) }
        return true
    }

    /// Hands on what of the first `count` bytes belongs to the body; how many bytes were used.
    private func consumeBody(_ input: InputBuffer, count: Int) -> Int {
        var used = 0
        while used < count, cycle.takesBody {
            let step = input.withBytes(used..<count) { cycle.bodyCame($0) }
            if !step.content.isEmpty, let exchange {
                let chunk = input.copy(
                    used + step.content.lowerBound..<used + step.content.upperBound)
                if exchange.push(chunk) == .enough { cycle.pauseReading() }
            }
            used += step.used
            switch step.action {
            case .goOn: break
            case .finish: exchange?.finishBody()
            case .fail(let error):
                exchange?.fail(.malformed)
                if takeHeldHead() != nil { refuse(error) }
                return count
            }
            if heldHead != nil, cycle.movedByteCount > discardLimit {
                heldHead = nil
                refuse(.chunkTooLarge)
                return count
            }
        }
        return used
    }

    private func takeHeldHead() -> HeldHead? {
        defer { heldHead = nil }
        return heldHead
    }

    /// The body that was to come first is none.
    private func refuse(_ error: HTTPError) {
        cycle.bodyDropped(at: now)
        cycle.requestFailed()
        context.responder?.refuse(error, with: Reply(on: self))
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

/// A request that is answered when its body, which nobody reads, has come. An object of its own: a
/// head is large, and few connections need one.
final class HeldHead {
    let head: RequestHead
    let bytes: [UInt8]

    init(head: RequestHead, bytes: [UInt8]) { (self.head, self.bytes) = (head, bytes) }
}

/// How far the head in a connection's `inbound` has been read. An object of its own, for few
/// connections need one.
final class PartialHead {
    var parser: RequestHeadParser

    init(limits: HeadLimits) { parser = RequestHeadParser(limits: limits) }
}
