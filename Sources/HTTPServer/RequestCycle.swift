internal import HTTP

/// Where an HTTP/1.1 connection stands, one request after another: it is told what happened, and
/// says what is to be done. It knows no socket, no clock and no handler: tests run it as a value.
///
///     readingHead → (exchanging) → (writing) → readingHead | discarding | lingering → closed
///
/// An answer given at once goes straight from the head to what comes after the answer.
struct RequestCycle: ~Copyable {
    enum Phase {
        /// Waiting for a request, or inside its head.
        case readingHead
        /// A handler elsewhere has the request; its body may still be coming.
        case exchanging
        /// A response waits for the peer to take it.
        case writing
        /// The body is dropped: of a request that was answered without it, or one that is answered
        /// when its body has been found to be whole.
        case discarding
        /// The last response is out; waiting for the peer to see it and close.
        case lingering
        case closed
    }

    private(set) var phase = Phase.closed
    /// When the phase began, or its client's turn did (monotonic nanoseconds).
    private(set) var since: UInt64 = 0
    /// Bytes of the body that came in, or of the response that went out, since then.
    private(set) var movedByteCount: UInt64 = 0
    /// Whether the peer has said that it sends no more.
    private(set) var peerHasFinished = false

    // The request under way.
    private(set) var body = BodyProgress.none
    private(set) var isHEAD = false
    private var usesKeepAliveField = false
    private var keepsAlive = false
    private(set) var awaitsContinue = false
    private(set) var isReadingPaused = false
    /// Bytes of the answer that were sent ahead of it (`nextBegunByte`).
    private(set) var begunByteCount = 0

    /// Of the response under way, or of the last one while it may not have arrived.
    private(set) var sentByteCount = 0

    // MARK: Beginning and end

    mutating func open(at now: UInt64) {
        self = RequestCycle()
        enter(.readingHead, at: now)
    }

    /// Whether it was open.
    mutating func close() -> Bool {
        guard phase != .closed else { return false }
        phase = .closed
        body = .none
        return true
    }

    private mutating func enter(_ next: Phase, at now: UInt64) {
        phase = next
        beginTurn(at: now)
    }

    mutating func beginTurn(at now: UInt64) { (since, movedByteCount) = (now, 0) }

    mutating func peerFinished() { peerHasFinished = true }

    // MARK: Requests

    /// The first bytes of a head are here.
    @inline(__always)
    mutating func headBegan(at now: UInt64) { since = now }

    /// - Parameter isLast: no request after this one is taken.
    @inline(__always)
    mutating func requestCame(_ head: borrowing RequestHead, isLast: Bool) {
        body = BodyProgress(head.framing)
        isHEAD = head.method == .head
        usesKeepAliveField = head.minorVersion == 0
        awaitsContinue = head.expectsContinue
        keepsAlive = head.keepAlive && !isLast
    }

    /// What came is no request, or did not come to its end: the answer to it is the last.
    mutating func requestFailed() {
        (keepsAlive, isHEAD, usesKeepAliveField) = (false, false, false)
        body = .none
    }

    /// The request is answered from elsewhere.
    mutating func handedOver(at now: UInt64) {
        isReadingPaused = false
        enter(.exchanging, at: now)
    }

    // MARK: Bodies

    /// Whether the body is to come to its end before the request is answered: nobody reads it, and
    /// that it is broken, so that the request is none, is known only then (RFC 9112 §7.1).
    @inline(__always)
    func readsBodyFirst(_ head: borrowing RequestHead) -> Bool {
        guard case .chunked = head.framing, !awaitsContinue else { return false }
        switch head.method {
        case .get, .head, .delete, .options, .trace: return true
        case .post, .put, .patch, .connect, .unknown: return false
        }
    }

    mutating func bodyComesFirst(at now: UInt64) { enter(.discarding, at: now) }

    /// Whether bytes of the body are wanted now.
    var takesBody: Bool {
        guard !body.isComplete else { return false }
        return phase == .discarding || phase == .exchanging && !isReadingPaused
    }

    struct BodyStep: Equatable {
        /// Of the bytes given; behind them the next request begins.
        var used = 0
        /// What of them is for the handler.
        var content = 0..<0
        var action = Action.goOn

        enum Action: Equatable {
            case goOn
            /// That was the last of it.
            case finish
            /// Its framing is broken: the handler is to be told, and answers for the last time.
            case fail(HTTPError)
        }
    }

    /// Takes what of `bytes` belongs to the body.
    mutating func bodyCame(_ bytes: Span<UInt8>) -> BodyStep {
        var step = BodyStep()
        do throws(HTTPError) {
            (step.used, step.content) = try body.take(bytes)
        } catch {
            keepsAlive = false
            body = .none
            step.action = .fail(error)
            return step
        }
        movedByteCount += UInt64(step.used)
        if phase == .discarding {
            step.content = 0..<0
        } else if body.isComplete {
            step.action = .finish
        }
        return step
    }

    /// Where somebody else frames it: a piece of it has come.
    mutating func bodyMoved(_ byteCount: Int) { movedByteCount += UInt64(byteCount) }

    /// And that was the last of it.
    mutating func bodyEnded() { body = .none }

    /// The handler has as much as it may be given.
    mutating func pauseReading() { isReadingPaused = true }

    /// The handler has taken everything it was given. Whether that changes anything.
    mutating func resumeReading(at now: UInt64) -> Bool {
        guard phase == .exchanging else { return false }
        isReadingPaused = false
        beginTurn(at: now)
        return true
    }

    /// The handler wants the body (RFC 9110 §10.1.1). Whether the client is to be told so.
    mutating func bodyWanted(hasInput: Bool, at now: UInt64) -> Bool {
        guard phase == .exchanging, awaitsContinue else { return false }
        awaitsContinue = false
        since = now
        return !body.isComplete && !hasInput
    }

    /// Whether what is left of the body may be read and dropped to keep the connection. A client
    /// that waits for `100 Continue` may send it or not: then nobody knows where the next begins.
    @inline(__always)
    private func mayDiscardBody(_ limit: UInt64) -> Bool {
        guard !body.isComplete else { return true }
        guard !awaitsContinue, let left = body.remainingByteCount else { return false }
        return left <= limit
    }

    // MARK: Answers

    /// What the answer says in its `Connection` field.
    enum Announcement { case nothing, close, keepAlive }

    @inline(__always)
    func announcement(discarding limit: UInt64) -> Announcement {
        guard keepsAlive && mayDiscardBody(limit) else { return .close }
        return usesKeepAliveField ? .keepAlive : .nothing
    }

    /// The first bytes of the answer are out; whether all are, somebody else says.
    @inline(__always)
    mutating func answerBegan(sent count: Int) { sentByteCount = count }

    /// The rest of the answer has to wait for the peer.
    mutating func answerWaits(at now: UInt64) { enter(.writing, at: now) }

    mutating func answerWent(on count: Int) {
        sentByteCount += count
        movedByteCount += UInt64(count)
    }

    /// The peer has all of it.
    mutating func answerArrived() { sentByteCount = 0 }

    mutating func begunByteWent() { begunByteCount += 1 }

    /// How much of the answer, which is there now, went ahead of it.
    mutating func takeBegunByteCount() -> Int {
        defer { begunByteCount = 0 }
        return begunByteCount
    }

    enum AfterAnswer { case nextRequest, dropBody, finishSending }

    /// The answer is out. Also while draining the next request is waited for: the client was told
    /// that it may go on, so what it has sent by then is answered. Time ends what stays idle.
    @inline(__always)
    mutating func answerEnded(at now: UInt64, discarding limit: UInt64) -> AfterAnswer {
        if announcement(discarding: limit) == .close {
            enter(.lingering, at: now)
            return .finishSending
        }
        if body.isComplete {
            enter(.readingHead, at: now)
            return .nextRequest
        }
        enter(.discarding, at: now)
        return .dropBody
    }

    /// The body that nobody wanted has gone by.
    mutating func bodyDropped(at now: UInt64) { enter(.readingHead, at: now) }
}
