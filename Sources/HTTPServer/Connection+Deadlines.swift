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
                refuseSlowHead()
            }
        case .exchanging:
            if body.isComplete || isReadingPaused { return }
            if isTooSlow(movedByteCount, elapsed) { reset() }
        case .writing:
            let unread = UInt64(Socket.unacknowledged(descriptor))
            let taken = UInt64(sentByteCount) > unread ? UInt64(sentByteCount) - unread : 0
            if isTooSlow(taken, elapsed) { reset() }
        case .discarding, .lingering:
            if elapsed > limits.lingerSeconds * 1000 { reset() }
        case .closed: break
        }
    }

    private func isTooSlow(_ moved: UInt64, _ elapsedMilliseconds: UInt64) -> Bool {
        elapsedMilliseconds > context.limits.graceSeconds * 1000
            && moved * 1000 < context.limits.minimumBytesPerSecond * elapsedMilliseconds
    }

    /// Between requests. The last response may still be on its way to a slow reader: the kernel
    /// has all of it, so only what is unacknowledged tells.
    private func tickIdle(elapsedMilliseconds elapsed: UInt64) {
        let limits = context.limits
        if elapsed > limits.graceSeconds * 1000 {
            let unread = UInt64(Socket.unacknowledged(descriptor))
            if unread > 0 {
                let taken = UInt64(sentByteCount) > unread ? UInt64(sentByteCount) - unread : 0
                if isTooSlow(taken, elapsed) { reset() }
                return
            }
        }
        // While draining: a second in which a request that was under way to us still counts.
        let allowed = context.isDraining ? 1000 : limits.idleSeconds * 1000
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
