internal import HTTP
internal import LinuxIO

/// One client's HTTP/1.1 connection, confined to its loop: does what its `RequestCycle` says, with
/// the bytes that its `Transport` carries.
///
/// Requests are answered one at a time, in order: bytes of the next one wait in `inbound`, or in
/// the socket. The socket is registered once, edge-triggered; `canRead` remembers an edge that
/// was not used up because reading had to wait. A head is parsed where it was read, in the loop's
/// scratch memory, and only what is left of an incomplete one is kept.
@safe final class HTTP1Connection: Connection {
    var cycle = RequestCycle()
    var transport = Transport.none
    /// Who sent the request under way, or the last one.
    private(set) var client = PeerAddress.local
    /// Whether the connection may begin with a header of the PROXY protocol.
    private(set) var mayGreet = false
    /// Whether no request has come yet.
    private(set) var isFresh = true
    /// Bytes read and not used: the start of a head, or requests that wait for an answer before.
    var inbound: [UInt8] = []
    /// Set while `inbound` is the start of a head.
    var partialHead: PartialHead?
    /// Set while the body of this request comes first.
    var heldHead: HeldHead?
    var canRead = false

    /// Of the request under way, while it is answered from elsewhere.
    private(set) var exchange: ExchangeLink?

    // The response under way.
    var outgoing: [Segment] = []
    var account: (any ResponseAccount)?
    var responseStatus = Status.ok

    /// What others on the loop wait for is held up by no more than this.
    static let requestsPerTurn = 64
    static let bytesPerTurn = 1 << 20
    var requestsLeftInTurn = 0

    var isSending: Bool { cycle.phase == .writing }
    var discardLimit: UInt64 { context.limits.discardedBodyBytes }

    /// Whether it could be registered.
    func open(
        _ transport: Transport, peer: PeerAddress, by listener: Listener, in context: LoopContext
    ) -> Bool {
        guard register(transport, peer: peer, by: listener, in: context) else { return false }
        begin(transport)
        mayGreet =
            listener.settings.proxyProtocol == .accepted && listener.settings.trusts(peer)
        return true
    }

    /// Takes the place of `greeting`, with what it had read.
    func begin(insteadOf greeting: Connection, _ transport: Transport, having inbound: [UInt8]) {
        takePlace(of: greeting)
        begin(transport)
        mayGreet = false
        self.inbound = inbound
        canRead = true
        if !inbound.isEmpty { cycle.headBegan(at: now) }
        proceed()
    }

    private func begin(_ transport: Transport) {
        self.transport = transport
        client = peer
        isFresh = true
        cycle.open(at: now)
    }

    /// The balancer says whose connection it is. Whether that one may have it.
    func greeted(by header: ProxyHeader) -> Bool {
        mayGreet = false
        guard let client = header.client else {
            stopForwarding()
            return true
        }
        guard context.shared.readmit(peer, as: client) else { return false }
        setPeer(client)
        self.client = client
        return true
    }

    /// Finds out who sent this request.
    @inline(__always)
    func requestCame(_ head: RequestHead, bytes: Span<UInt8>) {
        mayGreet = false
        isFresh = false
        client = client(of: head, bytes)
    }

    /// What begins with HTTP/2's preface goes on in HTTP/2. Whether it does.
    func turnsToHTTP2(with bytes: [UInt8]) -> Bool {
        guard isFresh, listener?.settings.speaksHTTP2 == true,
            let next = HTTP2Connection(insteadOf: self, transport, having: bytes)
        else { return false }
        let context = next.context
        _ = cycle.close()
        forget()
        context.keep(self)
        next.run()
        return true
    }

    override func ready(_ readiness: UInt32) {
        if readiness & Readiness.hangUp != 0 { return close() }
        if readiness & Readiness.peerClosed != 0 {
            cycle.peerFinished()
            canRead = true
        }
        if readiness & Readiness.readable != 0 { canRead = true }
        if readiness & Readiness.writable != 0 {
            if transport.hasUnsent, !flushUnsent() { return }
            if isSending { flush() }
        }
        proceed()
    }

    /// What the transport has kept. Whether the connection is still there.
    private func flushUnsent() -> Bool {
        switch transport.flushUnsent() {
        case .moved, .wouldBlock: return true
        case .ended, .failed:
            close()
            return false
        }
    }

    override func tick(nowNanoseconds: UInt64) {
        guard cycle.phase != .closed else { return }
        let overdue = cycle.timePassed(
            until: nowNanoseconds, hasInput: !inbound.isEmpty,
            isShort: context.isDraining || context.isCrowded, limits: context.limits
        ) { transport.unacknowledgedByteCount }
        switch overdue {
        case .nothing: break
        case .close: close()
        case .reset: reset()
        case .beginAnswer: beginAnswer()
        case .refuseHead:
            inbound = []
            partialHead = nil
            context.responder?.refuseSlowHead(with: Reply(on: self))
            proceed()
        }
    }

    /// Goes on until something has to be waited for.
    func proceed() {
        requestsLeftInTurn = Self.requestsPerTurn
        while true {
            switch cycle.phase {
            case .readingHead:
                guard readRequests() else { return }
            case .exchanging:
                if cycle.mayBeAbandoned && cycle.begunByteCount == 0 { beginAnswer() }
                guard readBody() else { return }
            case .discarding:
                guard readBody() else { return }
            case .writing, .closed: return
            case .lingering: return dropInput()
            }
        }
    }

    /// Goes on at the end of the loop's turn, after everybody else. The socket is edge-triggered:
    /// nothing else would wake this connection.
    func yieldTurn() {
        guard let token else { return }
        context.loop.later { [self] in
            // It may have closed, and opened again for somebody else.
            guard self.token == token else { return }
            if isSending { flush() }
            proceed()
        }
    }

    /// Closes at once. What was promised and not sent is accounted for as cut.
    func close() {
        guard cycle.close() else { return }
        let transport = transport
        endExchange()?.fail(.abandoned)
        settleAccount(isWhole: false)
        forget()
        leave(transport)
    }

    private func forget() {
        transport = .none
        inbound = []
        partialHead = nil
        heldHead = nil
        outgoing = []
        canRead = false
    }

    override func reset() {
        guard cycle.phase != .closed else { return }
        transport.resetOnClose()
        close()
    }

    override func bytesPerSecond(at now: UInt64) -> UInt64? {
        cycle.bytesPerSecond(at: now, hasInput: !inbound.isEmpty)
    }

    func settleAccount(isWhole: Bool) {
        guard let account else { return }
        self.account = nil
        account.finished(
            status: responseStatus, sentByteCount: cycle.sentByteCount, isWhole: isWhole)
    }

    // MARK: Requests that are answered from elsewhere

    /// `bytes` are the head's.
    func handOver(_ head: RequestHead, bytes: Span<UInt8>) -> Exchange {
        let link = ExchangeLink(
            bufferedByteLimit: context.limits.bufferedBodyBytes, hasBody: !cycle.body.isComplete,
            host: self)
        exchange = link
        cycle.handedOver(at: now)
        return Exchange(
            head: head, headBytes: bytes.array, peer: client, mailbox: context.loop.mailbox,
            link: link)
    }

    /// The exchange that is over now, if there was one.
    private func endExchange() -> ExchangeLink? {
        defer { exchange = nil }
        unsafe exchange?.host = nil
        return exchange
    }
}

extension HTTP1Connection: ExchangeHost {
    func finishExchange(with response: Response) {
        _ = endExchange()
        send(response)
        proceed()
    }

    func resumeReading() {
        if cycle.resumeReading(at: now) { proceed() }
    }

    func sendContinue() {
        guard cycle.bodyWanted(hasInput: !inbound.isEmpty, at: now) else { return }
        let context = context
        context.output.appendContinue()
        let count = context.output.count
        let result = context.output.withBytes { transport.send($0) }
        context.output.removeAll()
        // 25 bytes fit every socket that has nothing else to send.
        if result != .moved(count) { return reset() }
        proceed()
    }
}
