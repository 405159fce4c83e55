internal import HTTP
internal import LinuxIO

/// Every wait on a peer ends: by a fixed time where nothing need move (idle, head, lingering), by
/// an average rate where content does, so that a client that sends or takes a byte now and then
/// is not kept for ever, and one on a slow line is.
extension Connection {
    func checkDeadlines(now: UInt64) {
        guard phase != .closed, now > phaseStart else { return }
        let elapsed = (now - phaseStart) / 1_000_000
        let limits = context.limits
        switch phase {
        case .readingHead:
            if inbound.isEmpty {
                tickIdle(elapsedMilliseconds: elapsed)
            } else if elapsed > limits.headSeconds * 1000 {
                inbound = []
                partialHead = nil
                refuseSlowHead()
            }
        case .exchanging:
            if body.isComplete && peerHasFinished {
                return checkPresence(elapsedMilliseconds: elapsed)
            }
            // Only while it is the client's turn.
            if body.isComplete || isReadingPaused || awaitsContinue { return }
            let isSlow = Self.isBelow(limits.bodyMinimumBytesPerSecond, movedByteCount, elapsed)
            if elapsed > limits.bodyGraceSeconds * 1000, isSlow { reset() }
        case .writing:
            if elapsed > limits.sendGraceSeconds * 1000, takesTooSlowly(elapsed) { reset() }
        case .discarding, .lingering:
            if elapsed > limits.lingerSeconds * 1000 { reset() }
        case .closed: break
        }
    }

    private static func isBelow(
        _ bytesPerSecond: UInt64, _ moved: UInt64, _ elapsedMilliseconds: UInt64
    ) -> Bool {
        moved * 1000 < bytesPerSecond * elapsedMilliseconds
    }

    /// Judged by what the peer has acknowledged: the kernel takes more than a slow reader does.
    private func takesTooSlowly(_ elapsedMilliseconds: UInt64) -> Bool {
        let unread = Socket.unacknowledged(descriptor)
        let taken = UInt64(max(0, sentByteCount - unread))
        return Self.isBelow(
            context.limits.sendMinimumBytesPerSecond, taken, elapsedMilliseconds)
    }

    /// Between requests. The last response may still be on its way to a slow reader: the kernel
    /// has all of it, so only what is unacknowledged tells.
    private func tickIdle(elapsedMilliseconds elapsed: UInt64) {
        let limits = context.limits
        if sentByteCount > 0, elapsed > limits.sendGraceSeconds * 1000 {
            if Socket.unacknowledged(descriptor) > 0 {
                if takesTooSlowly(elapsed) { reset() }
                return
            }
            // Arrived: no need to ask the kernel again.
            sentByteCount = 0
        }
        // While draining: a second in which a request that was under way to us still counts. And
        // while others wait for a connection or a descriptor, idle ones make room.
        let isShort = context.isDraining || context.isCrowded
        let allowed = min(isShort ? 1000 : UInt64.max, limits.idleSeconds * 1000)
        if elapsed > allowed { close() }
    }

    private func refuseSlowHead() {
        keepsAlive = false
        isHEAD = false
        body = .none
        context.responder?.refuseSlowHead(on: self)
        proceed()
    }
}
