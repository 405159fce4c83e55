internal import HTTP
internal import HTTP2
internal import LinuxIO

/// One request on an HTTP/2 connection, and its answer, confined to the connection's loop. Its
/// `RequestCycle` says where the request stands; when its turn to be sent comes, nghttp2 says.
@safe final class HTTP2Stream {
    private var connectionReference: Unmanaged<HTTP2Connection>?
    private(set) var number = 0
    private(set) var client = PeerAddress.local
    var cycle = RequestCycle()
    private(set) var exchange: ExchangeLink?
    private var isAnswered = false
    private var hasWholeRequest = true
    /// Of the body: what its handler was given and the client may not replace yet.
    private var heldByteCount = 0
    var window = GrowingWindow(0, upTo: 0, at: 0)

    // The answer.
    private var account: (any ResponseAccount)?
    private var status = Status.ok
    private var outgoing: [Segment] = []
    /// Of `outgoing`'s first.
    private var outgoingStart = 0
    /// Some of it is still coming, and is taken ahead of its frames, a piece at a time.
    private var isComing = false
    private var ahead: ArraySlice<UInt8> = []
    /// Of its body, what is in no frame yet.
    private(set) var unframedByteCount = 0
    private var framedByteCount = 0
    /// Quarters of a second in which the client let nothing of it be sent.
    private var heldTicks: UInt64 = 0

    var connection: HTTP2Connection {
        guard let connectionReference = unsafe connectionReference else {
            preconditionFailure("a closed stream")
        }
        return unsafe connectionReference.takeUnretainedValue()
    }

    private var context: LoopContext { connection.context }

    var isSending: Bool { unframedByteCount > 0 }

    // MARK: Beginning and end

    func open(_ number: Int, on connection: HTTP2Connection) {
        unsafe connectionReference = Unmanaged.passUnretained(connection)
        self.number = number
        client = connection.peer
        cycle.open(at: connection.now)
        (isAnswered, hasWholeRequest) = (false, true)
        (heldByteCount, framedByteCount, heldTicks) = (0, 0, 0)
        isComing = false
    }

    func begin(_ head: RequestHead, _ bytes: Span<UInt8>, hasBody: Bool) {
        cycle.requestCame(head, isLast: false)
        hasWholeRequest = !hasBody
        client = connection.client(of: head, bytes)
        guard hasBody else { return }
        let limits = connection.limits
        window = GrowingWindow(
            limits.streamWindow, upTo: limits.largestStreamWindow, at: connection.now)
    }

    /// What came is no request.
    func failed(hasBody: Bool) {
        cycle.requestFailed()
        hasWholeRequest = !hasBody
    }

    /// Nothing of it comes or goes any more.
    func close(isClean: Bool) {
        if heldByteCount > 0 { connection.releases(heldByteCount, of: self) }
        heldByteCount = 0
        if unframedByteCount > 0 { connection.isWaiting(-1) }
        settleAccount(isWhole: isClean && unframedByteCount == 0)
        endExchange()?.fail(.abandoned)
        _ = cycle.close()
        outgoing = []
        ahead = []
        (outgoingStart, unframedByteCount) = (0, 0)
        unsafe connectionReference = nil
    }

    func tell(_ account: any ResponseAccount) { self.account = account }

    private func settleAccount(isWhole: Bool) {
        guard let account else { return }
        self.account = nil
        account.finished(status: status, sentByteCount: cycle.sentByteCount, isWhole: isWhole)
    }

    // MARK: Requests that are answered from elsewhere

    func handOver(_ head: RequestHead, bytes: Span<UInt8>) -> Exchange {
        let link = ExchangeLink(
            bufferedByteLimit: min(context.limits.bufferedBodyBytes, Self.bufferedByteLimit),
            hasBody: !hasWholeRequest, host: self)
        exchange = link
        cycle.handedOver(at: connection.now)
        return Exchange(
            head: head, headBytes: bytes.array, peer: client, mailbox: context.loop.mailbox,
            link: link)
    }

    /// A connection may have many uploads at once.
    private static let bufferedByteLimit = 64 * 1024

    private func endExchange() -> ExchangeLink? {
        defer { exchange = nil }
        unsafe exchange?.host = nil
        return exchange
    }

    /// A piece of the body. What nobody wants is dropped.
    func bodyCame(_ chunk: () -> [UInt8], byteCount: Int) {
        guard let exchange else { return connection.consumed(byteCount, of: self) }
        cycle.bodyMoved(byteCount)
        connection.came(byteCount, of: self)
        if exchange.push(chunk()) == .enough { cycle.pauseReading() }
        if cycle.isReadingPaused {
            heldByteCount += byteCount
            connection.holds(byteCount)
        } else {
            connection.consumed(byteCount, of: self)
        }
    }

    func bodyEnded() {
        hasWholeRequest = true
        cycle.bodyEnded()
        exchange?.finishBody()
    }

    // MARK: Answers

    /// Whether somebody waits for it. The head lies in the loop's output, which is empty then.
    private func respond(_ status: Status, bodyByteCount: Int) -> Bool {
        let context = context
        (self.status, isAnswered) = (status, true)
        let isTaken = context.output.withBytes {
            connection.respond(
                to: self, $0, bodyByteCount: bodyByteCount, isHere: !isComing)
        }
        cycle.answerBegan(sent: context.output.count)
        context.output.removeAll()
        unframedByteCount = bodyByteCount
        if bodyByteCount > 0 { connection.isWaiting(1) }
        if !isTaken {
            connection.reset(self, .internalError)
        } else if bodyByteCount == 0 {
            finished()
        }
        return isTaken
    }

    /// The head alone.
    func transmit(status: Status) { _ = respond(status, bodyByteCount: 0) }

    /// See `Reply.transmit`.
    func transmit(
        status: Status, content: RawSpan, from offset: Int, continuing source: () -> any BodySource
    ) {
        guard respond(status, bodyByteCount: content.byteCount), !content.isEmpty else { return }
        let framed = connection.writeAtOnce(self, content, from: offset, continuing: source)
        if framed == content.byteCount { return }
        outgoing.append(
            .content(source(), offset + framed..<offset + content.byteCount))
    }

    func transmit(status: Status, segments: [Segment]) {
        outgoing = segments.filter { $0.byteCount > 0 }
        isComing = outgoing.contains { segment in
            if case .content(let source, _) = segment { return source.grows }
            return false
        }
        let isTaken = respond(status, bodyByteCount: segments.reduce(0) { $0 + $1.byteCount })
        if isTaken { takeAhead() }
    }

    /// Sends a response from off the hit path.
    func send(_ response: Response) {
        account = response.account
        let mayHaveContent = context.composeHead(of: response) {
            connection.appendConnectionField()
        }
        guard mayHaveContent && !cycle.isHEAD else { return transmit(status: response.status) }
        switch response.content {
        case .none: transmit(status: response.status)
        case .bytes(let bytes): transmit(status: response.status, segments: [.bytes(bytes)])
        case .pieces(let pieces):
            transmit(status: response.status, segments: pieces.map(\.segment))
        }
    }

    /// Puts the next bytes of the answer into `gap`; `false` when they can not be had any more.
    func fill(_ gap: UnsafeMutableRawBufferPointer, by place: FrameGap) -> Bool {
        if isComing { return unsafe fillAhead(gap) }
        var filled = 0
        while filled < gap.count {
            unsafe place.room = UnsafeMutableRawBufferPointer(rebasing: gap[filled...])
            guard case .moved(let moved) = next(gap.count - filled, by: place), moved > 0
            else { return false }
            filled += moved
        }
        framed(filled)
        return true
    }

    /// Takes the next bytes of the answer into the room that `place` has, up to `limit`.
    private func next(_ limit: Int, by place: FrameGap) -> IOResult {
        guard let segment = outgoing.first else { return .ended }
        let count = min(segment.byteCount - outgoingStart, limit)
        let result: IOResult
        switch segment {
        case .bytes(let bytes):
            result = unsafe place.take(
                bytes.span.extracting(outgoingStart..<outgoingStart + count).bytes)
        case .content(let source, let range):
            let start = range.lowerBound + outgoingStart
            result = source.send(start..<start + count, by: .gap(place))
        }
        guard case .moved(let moved) = result else { return result }
        outgoingStart += moved
        if outgoingStart == segment.byteCount {
            outgoing.removeFirst()
            outgoingStart = 0
        }
        return result
    }

    // MARK: Content that is still coming

    private static let aheadByteCount = 32 * 1024

    /// Whether there is content that the client could take.
    var hasContent: Bool { unframedByteCount > 0 && (!isComing || !ahead.isEmpty) }

    /// Takes the next piece that is here, and offers it; waits for it where it is not.
    func takeAhead() {
        guard isComing, ahead.isEmpty, !outgoing.isEmpty else { return }
        let place = connection.shared.gap
        var piece = [UInt8](repeating: 0, count: Self.aheadByteCount)
        let result = unsafe piece.withUnsafeMutableBytes { room in
            unsafe place.room = room
            return next(room.count, by: place)
        }
        switch result {
        case .moved(let count) where count > 0:
            ahead = piece[..<count]
            connection.offer(count, of: self)
        case .wouldBlock:
            guard case .content(let source, _)? = outgoing.first else { return }
            connection.awaitMore(of: source, for: self)
        case .moved, .ended, .failed: connection.reset(self, .internalError)
        }
    }

    private func fillAhead(_ gap: UnsafeMutableRawBufferPointer) -> Bool {
        guard gap.count <= ahead.count else { return false }
        unsafe gap.copyBytes(from: ahead.prefix(gap.count))
        ahead = ahead.dropFirst(gap.count)
        framed(gap.count)
        takeAhead()
        return true
    }

    /// So much more of the body is in frames.
    func framed(_ byteCount: Int) {
        unframedByteCount -= byteCount
        framedByteCount += byteCount
        cycle.answerWent(on: byteCount)
        guard unframedByteCount == 0 else { return }
        connection.isWaiting(-1)
        finished()
    }

    /// The answer is whole: what is still to come of the request is not read.
    private func finished() {
        if !hasWholeRequest { connection.reset(self, .answered) }
    }

    // MARK: Time

    /// How fast its body comes; `nil`: it is not the client who is waited for.
    func bytesPerSecond(at now: UInt64) -> UInt64? {
        isAnswered || exchange == nil ? nil : cycle.bytesPerSecond(at: now, hasInput: false)
    }

    /// Whether the client takes its time beyond what it may.
    func isOverdue(at now: UInt64, limits: ServerLimits) -> Bool {
        if exchange != nil, !isAnswered {
            let overdue = cycle.timePassed(
                until: now, hasInput: false, isShort: false, limits: limits
            ) { 0 }
            if overdue == .reset { return true }
        }
        guard unframedByteCount > 0, connection.isHeld(self) else { return false }
        heldTicks += 1
        let milliseconds = heldTicks * EventLoop.tickMilliseconds
        return milliseconds > limits.sendGraceMilliseconds
            && RequestCycle.isBelow(
                limits.sendMinimumBytesPerSecond, UInt64(framedByteCount), milliseconds)
    }
}

extension HTTP2Stream: ExchangeHost {
    func finishExchange(with response: Response) {
        _ = endExchange()
        let connection = connection
        releaseHeld()
        send(response)
        connection.run()
    }

    func resumeReading() {
        guard cycle.resumeReading(at: connection.now) else { return }
        releaseHeld()
        connection.run()
    }

    func sendContinue() {
        guard cycle.bodyWanted(hasInput: false, at: connection.now) else { return }
        connection.sendContinue(to: self)
        connection.run()
    }

    /// The client may send on.
    private func releaseHeld() {
        guard heldByteCount > 0 else { return }
        connection.releases(heldByteCount, of: self)
        heldByteCount = 0
    }
}
