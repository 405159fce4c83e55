/// Every wait on a peer ends: by a fixed time where nothing need move (idle, head, lingering), by
/// an average rate where content does, so that a client that sends or takes a byte now and then
/// is not kept for ever, and one on a slow line is.
extension RequestCycle {
    /// What is to be done now that time has passed.
    enum Overdue: Equatable {
        case nothing
        case close
        /// Without waiting for the peer to take what is unsent.
        case reset
        /// To be refused as a head that did not come to its end.
        case refuseHead
        /// One byte more of the answer that is made elsewhere.
        case beginAnswer
    }

    /// - Parameters:
    ///   - hasInput: bytes are here that no request has used.
    ///   - isShort: idle connections are to make room.
    ///   - unacknowledged: how much of what was sent the peer has not acknowledged; asked where
    ///     it decides, for it is a system call.
    mutating func timePassed(
        until now: UInt64, hasInput: Bool, isShort: Bool, limits: ServerLimits,
        unacknowledged: () -> Int
    ) -> Overdue {
        guard phase != .closed, now > since else { return .nothing }
        let elapsed = (now - since) / 1_000_000
        switch phase {
        case .readingHead where hasInput:
            guard elapsed > limits.headMilliseconds else { return .nothing }
            requestFailed()
            return .refuseHead
        case .readingHead: return idled(elapsed, isShort, limits, unacknowledged)
        case .exchanging:
            if mayBeAbandoned {
                return elapsed >= UInt64(begunByteCount) * 1000 ? .beginAnswer : .nothing
            }
            guard isClientsTurn, elapsed > limits.bodyGraceMilliseconds else { return .nothing }
            let isSlow = Self.isBelow(
                limits.bodyMinimumBytesPerSecond, movedByteCount, elapsed)
            return isSlow ? .reset : .nothing
        case .writing:
            guard elapsed > limits.sendGraceMilliseconds else { return .nothing }
            return takesTooSlowly(elapsed, limits, unacknowledged()) ? .reset : .nothing
        case .lingering where sentByteCount > 0:
            // The 2 seconds begin when the peer has all; the end itself counts as one.
            let left = unacknowledged()
            guard left > 1 else {
                answerArrived()
                beginTurn(at: now)
                return .nothing
            }
            guard elapsed > limits.sendGraceMilliseconds else { return .nothing }
            return takesTooSlowly(elapsed, limits, left) ? .reset : .nothing
        case .discarding, .lingering:
            return elapsed > limits.lingerMilliseconds ? .reset : .nothing
        case .closed: return .nothing
        }
    }

    /// Whether more of the body is waited for.
    private var isClientsTurn: Bool { !body.isComplete && !isReadingPaused && !awaitsContinue }

    /// Whether so much in this time is less than the rate.
    static func isBelow(
        _ bytesPerSecond: UInt64, _ moved: UInt64, _ elapsedMilliseconds: UInt64
    ) -> Bool {
        moved * 1000 < bytesPerSecond * elapsedMilliseconds
    }

    /// Judged by what the peer has acknowledged: the kernel takes more than a slow reader does.
    private func takesTooSlowly(
        _ elapsed: UInt64, _ limits: ServerLimits, _ unacknowledged: Int
    ) -> Bool {
        let taken = UInt64(max(0, sentByteCount - unacknowledged))
        return Self.isBelow(limits.sendMinimumBytesPerSecond, taken, elapsed)
    }

    /// Between requests. The last response may still be on its way to a slow reader: the kernel
    /// has all of it, so only what is unacknowledged tells.
    private mutating func idled(
        _ elapsed: UInt64, _ isShort: Bool, _ limits: ServerLimits, _ unacknowledged: () -> Int
    ) -> Overdue {
        if sentByteCount > 0, elapsed > limits.sendGraceMilliseconds {
            let left = unacknowledged()
            if left > 0 { return takesTooSlowly(elapsed, limits, left) ? .reset : .nothing }
            // No need to ask the kernel again.
            answerArrived()
        }
        // While draining: a second in which a request that was under way to us still counts. And
        // while others wait for a connection or a descriptor, idle ones make room.
        let allowed = min(isShort ? 1000 : UInt64.max, limits.idleMilliseconds)
        return elapsed > allowed ? .close : .nothing
    }

    /// How fast it goes while its client's turn lasts, once that lasts a second; `nil`: it is not
    /// the client who is waited for, or not for long. Those without a request are closed without
    /// this (`idled`).
    func bytesPerSecond(at now: UInt64, hasInput: Bool) -> UInt64? {
        guard now > since, now - since > 1_000_000_000 else { return nil }
        let milliseconds = (now - since) / 1_000_000
        switch phase {
        case .readingHead: return hasInput ? 0 : nil
        case .exchanging: return isClientsTurn ? movedByteCount * 1000 / milliseconds : nil
        case .writing: return UInt64(max(0, sentByteCount)) * 1000 / milliseconds
        case .discarding, .lingering: return 0
        case .closed: return nil
        }
    }
}
