internal import HTTP
internal import HTTP2
internal import LinuxIO

/// One client's HTTP/2 connection, confined to its loop: carries bytes between its `Transport` and
/// its session, and requests between the session and the responder, each on a stream of its own.
///
/// Frames of a turn are gathered in the loop's memory and leave in one call. What the socket does
/// not take is kept, and until it is out nothing is read and no frame is made: a client that does
/// not read is not answered, and costs no more than that.
@safe final class HTTP2Connection: Connection {
    enum Phase: Equatable {
        case open
        /// The client has been told to ask elsewhere, at this time.
        case noticed(UInt64)
        /// No new request is taken.
        case leaving
        /// All is sent; waiting, from this time on, for the peer to see it and close. So much of it
        /// was not acknowledged then.
        case lingering(UInt64, unacknowledged: Int)
        case closed
    }

    private(set) var phase = Phase.open
    private(set) var transport: Transport
    let session: HTTP2Session
    let shared: HTTP2Loop
    var streams: [HTTP2Stream?] = []
    var streamCount = 0
    /// Of those, how many have content that is in no frame yet.
    var waitingCount = 0
    /// Bytes read and not given to the session, whose turn was over.
    var inbound: [UInt8] = []
    /// Bytes of frames that the socket did not take.
    var unsent = UnsentBytes()
    /// The socket was full: less is made at once, so that less is kept for a slow reader.
    var wasFull = false
    private var peerHasFinished = false
    var canRead = true
    private var isRunning = false
    var requestsLeftInTurn = 0
    /// Of bodies that handlers have not taken, over all streams.
    var heldByteCount = 0
    let limits: HTTP2Limits
    /// Of all bodies.
    var window: GrowingWindow

    /// When the last stream ended.
    private var idleSince: UInt64
    /// Since when something waits to be sent, and how much has gone since; 0: nothing waits.
    private var sendingSince: UInt64 = 0
    var sentByteCount: UInt64 = 0

    static let requestsPerTurn = 64
    private static let bytesPerTurn = 1 << 20
    /// Between the two GOAWAYs (RFC 9113 §6.8).
    private static let noticeNanoseconds: UInt64 = 500_000_000

    func appendConnectionField() { appendStrictTransport(by: transport) }

    /// Takes the place of `greeting`, with what it had read. `nil`: there is no memory for it.
    init?(insteadOf greeting: Connection, _ transport: Transport, having inbound: [UInt8]) {
        let context = greeting.context
        guard let shared = context.sharedHTTP2 else { return nil }
        var limits = HTTP2Limits()
        limits.headByteCount = context.limits.head.headByteCount
        guard let session = HTTP2Session(shared.scratch, limits: limits) else { return nil }
        self.session = session
        self.shared = shared
        self.limits = limits
        window = GrowingWindow(
            limits.connectionWindow, upTo: limits.largestConnectionWindow,
            at: context.loop.nowNanoseconds)
        (self.transport, self.inbound) = (transport, inbound)
        idleSince = context.loop.nowNanoseconds
        super.init()
        takePlace(of: greeting)
    }

    // MARK: What the loop and the handlers tell

    override func ready(_ readiness: UInt32) {
        if readiness & Readiness.hangUp != 0 { return close() }
        if readiness & Readiness.peerClosed != 0 { peerHasFinished = true }
        if readiness & (Readiness.readable | Readiness.peerClosed) != 0 { canRead = true }
        run()
    }

    /// Goes on until something has to be waited for.
    func run() {
        guard !isRunning else { return }
        isRunning = true
        defer { isRunning = false }
        requestsLeftInTurn = Self.requestsPerTurn
        var share = Self.bytesPerTurn
        while phase != .closed {
            guard flushUnsent() else { return }
            if case .lingering = phase { return dropInput() }
            let hasRead = !isBlocked && readSome(&share)
            guard phase != .closed, send(&share) else { return }
            if session.isOver { break }
            let hasMore = hasRead || !inbound.isEmpty && !isBlocked
            guard hasMore || share <= 0 else { break }
            if requestsLeftInTurn <= 0 || share <= 0 { return yieldTurn() }
        }
        endIfOver()
    }

    func yieldTurn() {
        guard let token else { return }
        context.loop.later { [self] in
            if self.token == token { run() }
        }
    }

    /// Closes at once.
    func close() {
        guard phase != .closed else { return }
        phase = .closed
        // The loop's other sessions would be told of it.
        while session.next() != nil {}
        for case let stream? in streams { stream.close(isClean: false) }
        streams = []
        shared.takeStaged { _ in }
        leave(transport)
    }

    override func reset() {
        guard phase != .closed else { return }
        transport.resetOnClose()
        close()
    }

    // MARK: Streams

    func openStream(_ number: Int) -> HTTP2Stream {
        while streams.count <= number { streams.append(nil) }
        let stream = shared.makeStream()
        streams[number] = stream
        streamCount += 1
        stream.open(number, on: self)
        return stream
    }

    func closeStream(_ number: Int, isClean: Bool) {
        guard number < streams.count, let stream = streams[number] else { return }
        streams[number] = nil
        streamCount -= 1
        stream.close(isClean: isClean)
        shared.keep(stream)
        if streamCount == 0 { idleSince = now }
    }

    // MARK: Time and the end

    override func tick(nowNanoseconds now: UInt64) {
        guard phase != .closed else { return }
        if case .lingering(let since, let unacknowledged) = phase {
            return linger(since, unacknowledged, now)
        }
        session.tick()
        for case let stream? in streams
        where stream.isOverdue(at: now, limits: context.limits) {
            session.reset(stream.number, .cancelled)
        }
        if takesTooSlowly(at: now) { return reset() }
        leaveInTime(now)
        run()
    }

    /// The 2 seconds begin when the peer has all, and until then the least rate holds.
    private func linger(_ since: UInt64, _ unacknowledged: Int, _ now: UInt64) {
        guard now > since else { return }
        let (milliseconds, limits) = ((now - since) / 1_000_000, context.limits)
        guard unacknowledged > 0 else {
            if milliseconds > limits.lingerMilliseconds { reset() }
            return
        }
        let left = transport.unacknowledgedByteCount
        // The end itself counts as one.
        guard left > 1 else { return phase = .lingering(now, unacknowledged: 0) }
        let taken = UInt64(max(0, unacknowledged - left))
        if milliseconds > limits.sendGraceMilliseconds,
            RequestCycle.isBelow(limits.sendMinimumBytesPerSecond, taken, milliseconds)
        {
            reset()
        }
    }

    /// All streams together: which of them is sent is not for the client alone to say. Those whose
    /// own window is used up are judged by themselves.
    private func takesTooSlowly(at now: UInt64) -> Bool {
        let isWaiting = streams.contains { stream in
            guard let stream, stream.hasContent else { return false }
            return session.isHeldWhole || !session.isHeld(stream.number)
        }
        guard isBlocked || isWaiting else {
            sendingSince = 0
            return false
        }
        if sendingSince == 0 { (sendingSince, sentByteCount) = (now, 0) }
        let limits = context.limits
        let milliseconds = (now - sendingSince) / 1_000_000
        guard milliseconds > limits.sendGraceMilliseconds else { return false }
        let gone = sentByteCount - min(sentByteCount, UInt64(transport.unacknowledgedByteCount))
        return RequestCycle.isBelow(limits.sendMinimumBytesPerSecond, gone, milliseconds)
    }

    private func leaveInTime(_ now: UInt64) {
        let isIdle = streamCount == 0 && now > idleSince
        let idleMilliseconds = isIdle ? (now - idleSince) / 1_000_000 : 0
        switch phase {
        case .open where context.isDraining:
            session.noticeShutdown()
            phase = .noticed(now)
        case .open:
            let allowed = min(
                context.isCrowded ? 1000 : UInt64.max, context.limits.idleMilliseconds)
            guard idleMilliseconds > allowed else { return }
            session.shutDown()
            phase = .leaving
        case .noticed(let since) where now - since >= Self.noticeNanoseconds:
            session.shutDown()
            phase = .leaving
        case .noticed, .leaving, .lingering, .closed: break
        }
    }

    /// After all is sent that will be.
    private func endIfOver() {
        let isLeaving = phase == .leaving && streamCount == 0 && !session.hasToWrite
        guard phase != .closed, isLeaving || session.isOver, !isBlocked else { return }
        for case let stream? in streams { closeStream(stream.number, isClean: false) }
        inbound = []
        transport.finishSending()
        phase = .lingering(now, unacknowledged: transport.unacknowledgedByteCount)
        dropInput()
    }

    private func dropInput() {
        var share = Self.bytesPerTurn
        while canRead {
            guard share > 0 else { return yieldTurn() }
            guard let count = receive() else { return }
            share -= count
        }
    }

    /// Reads into the loop's input: how much; `nil` when there is nothing, and then the connection
    /// may be closed.
    func receive() -> Int? {
        switch transport.receive(into: context.input, at: 0) {
        case .moved(let count):
            canRead = transport.mayHaveMore(after: count, at: 0) || peerHasFinished
            return count
        case .wouldBlock: canRead = false
        case .ended, .failed: close()
        }
        return nil
    }

    override func bytesPerSecond(at now: UInt64) -> UInt64? {
        guard sendingSince > 0 else {
            // Where nothing but bodies is waited for, by the fastest of them.
            let rates = streams.compactMap { $0?.bytesPerSecond(at: now) }
            return rates.count == streamCount ? rates.max() : nil
        }
        guard now - sendingSince > 1_000_000_000 else { return nil }
        return sentByteCount * 1000 / ((now - sendingSince) / 1_000_000)
    }
}
