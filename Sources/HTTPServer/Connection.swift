internal import HTTP
package import LinuxIO

/// One client's connection, confined to its loop.
///
/// Requests are answered one at a time, in order: bytes of the next one wait in `inbound`, or in
/// the socket. The socket is registered once, edge-triggered; `canRead` remembers an edge that
/// was not used up because reading had to wait. A head is parsed where it was read, in the loop's
/// scratch memory, and only what is left of an incomplete one is kept.
@safe package final class Connection: EventHandler {
    enum Phase {
        /// Waiting for a request, or inside its head.
        case readingHead
        /// A handler has the request; its body may still be coming.
        case exchanging
        /// A response waits for the socket to drain.
        case writing
        /// Answered without its body having been read: what is left of that is dropped.
        case discarding
        /// The last response is out; waiting for the peer to see it and close.
        case lingering
        case closed
    }

    var phase = Phase.closed
    var descriptor: CInt = -1
    var token: EventLoop.Token?
    var contextReference: Unmanaged<LoopContext>?
    package private(set) var peer = PeerAddress(bytes: SIMD16())
    /// Bytes read and not used: the start of a head, or requests that wait for an answer before.
    var inbound: [UInt8] = []
    /// Set while `inbound` is the start of a head.
    var partialHead: PartialHead?
    var canRead = false
    var peerHasFinished = false

    // The request under way.
    var body = BodyProgress.none
    var exchange: ExchangeLink?
    var isHEAD = false
    var usesKeepAliveField = false
    var keepsAlive = false
    var awaitsContinue = false
    var isReadingPaused = false
    /// Of the answer, sent ahead of it to see whether anybody is there (`beginAnswer`).
    var begunByteCount = 0

    // The response under way.
    var outgoing: [Segment] = []
    var account: (any ResponseAccount)?
    var responseStatus = Status.ok
    var sentByteCount = 0

    /// What others on the loop wait for is held up by no more than this.
    static let requestsPerTurn = 64
    static let bytesPerTurn = 1 << 20
    var requestsLeftInTurn = 0

    // Deadlines, checked by the tick.
    var phaseStart: UInt64 = 0
    var movedByteCount: UInt64 = 0

    package override init() { super.init() }

    package var context: LoopContext {
        guard let contextReference = unsafe contextReference else {
            preconditionFailure("a closed connection")
        }
        return unsafe contextReference.takeUnretainedValue()
    }

    /// Whether it could be registered.
    func open(_ socket: CInt, peer: PeerAddress, in context: LoopContext) -> Bool {
        let interest =
            Readiness.readable | Readiness.writable | Readiness.peerClosed
            | Readiness.edgeTriggered
        guard let token = try? context.loop.register(socket, for: interest, handler: self)
        else { return false }
        Socket.sendWithoutDelay(socket)
        self.token = token
        self.peer = peer
        unsafe contextReference = Unmanaged.passUnretained(context)
        descriptor = socket
        enter(.readingHead)
        return true
    }

    override package func ready(_ readiness: UInt32) {
        if readiness & Readiness.hangUp != 0 { return close() }
        if readiness & Readiness.peerClosed != 0 {
            peerHasFinished = true
            canRead = true
        }
        if readiness & Readiness.readable != 0 { canRead = true }
        if phase == .writing, readiness & Readiness.writable != 0 { flush() }
        proceed()
    }

    override package func tick(nowNanoseconds: UInt64) { checkDeadlines(now: nowNanoseconds) }

    /// Goes on until something has to be waited for.
    func proceed() {
        requestsLeftInTurn = Self.requestsPerTurn
        while true {
            switch phase {
            case .readingHead:
                guard readRequests() else { return }
            case .exchanging:
                if peerHasFinished && body.isComplete && begunByteCount == 0 { beginAnswer() }
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
        let loop = context.loop
        loop.later { [self] in
            guard loop.handler(token) === self else { return }
            if phase == .writing { flush() }
            proceed()
        }
    }

    func enter(_ next: Phase) {
        phase = next
        phaseStart = context.loop.nowNanoseconds
        movedByteCount = 0
    }

    /// Closes at once. What was promised and not sent is accounted for as cut.
    func close() {
        guard phase != .closed, let token else { return }
        phase = .closed
        let context = context
        context.loop.unregister(token, descriptor: descriptor)
        OwnedDescriptor.close(descriptor)
        if let exchange {
            exchange.fail(.abandoned)
            self.exchange = nil
        }
        settleAccount(isWhole: false)
        self.token = nil
        descriptor = -1
        inbound = []
        partialHead = nil
        outgoing = []
        body = .none
        canRead = false
        peerHasFinished = false
        begunByteCount = 0
        unsafe contextReference = nil
        context.release(self)
    }

    /// Ends a peer that broke a limit, without waiting for it to take what is unsent.
    func reset() {
        Socket.resetOnClose(descriptor)
        close()
    }

    func settleAccount(isWhole: Bool) {
        guard let account else { return }
        self.account = nil
        account.finished(status: responseStatus, sentByteCount: sentByteCount, isWhole: isWhole)
    }
}
