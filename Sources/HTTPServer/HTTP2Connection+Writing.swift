internal import HTTP
internal import HTTP2
internal import LinuxIO

extension HTTP2Connection {
    /// Frames for a slow reader.
    private static var slowByteCount: Int { 17 * 1024 }
    /// Content up to so much is put into a frame when it is answered.
    private static var atOnceByteCount: Int { 16 * 1024 }
    /// Bodies beyond this are held up until handlers have read on.
    private static var heldLimit: Int { 1 << 20 }

    /// Until it is false nothing is read and no frame is made.
    var isBlocked: Bool { unsent.count > 0 || transport.hasUnsent }

    /// `false`: the connection has gone.
    func flushUnsent() -> Bool {
        if transport.hasUnsent {
            switch transport.flushUnsent() {
            case .moved(let count): sentByteCount += UInt64(count)
            case .wouldBlock: return true
            case .ended, .failed:
                close()
                return false
            }
        }
        guard unsent.count > 0, !transport.hasUnsent else { return true }
        switch unsent.flush(by: { transport.send($0) }) {
        case .moved(let count): sentByteCount += UInt64(count)
        case .wouldBlock: break
        case .ended, .failed:
            close()
            return false
        }
        if unsent.count == 0 { wasFull = transport.hasUnsent }
        return true
    }

    /// Makes frames and sends them, no more than a turn's share. `false`: the connection has gone.
    func send(_ share: inout Int) -> Bool {
        while !isBlocked, share > 0 {
            let hasWritten = unsafe write { [self] number, gap in
                guard let stream = streams[number] else { return false }
                return unsafe stream.fill(gap, by: shared.gap)
            }
            guard phase != .closed else { return false }
            takeEvents()
            share -= shared.stagedByteCount
            guard flushStaged() else { return false }
            if !hasWritten { break }
        }
        return flushStaged()
    }

    /// Whether there was anything to be written; it is staged.
    @inline(__always)
    private func write(fill: (Int, UnsafeMutableRawBufferPointer) -> Bool) -> Bool {
        let limit = wasFull ? Self.slowByteCount : HTTP2Loop.byteCount
        guard
            let count = unsafe session.write(into: shared.room(within: limit), fill: fill)
        else {
            // A frame has no content: nothing behind it can be sent.
            reset()
            return false
        }
        shared.stage(count)
        return count > 0
    }

    private func flushStaged() -> Bool {
        guard shared.stagedByteCount > 0 else { return true }
        let isAlive = shared.takeStaged { frames in
            var taken = 0
            if !isBlocked {
                switch transport.send(frames) {
                case .moved(let count): taken = count
                case .wouldBlock: break
                case .ended, .failed: return false
                }
            }
            sentByteCount += UInt64(taken)
            if taken < frames.count {
                unsent.keep(frames.extracting(droppingFirst: taken).array)
            }
            wasFull = isBlocked
            return true
        }
        if !isAlive { close() }
        return isAlive
    }

    /// Puts small content into frames while it is lent: how much of it. Not where others wait, for
    /// whose turn it is, is for the session to say. See `Reply.transmit`.
    func writeAtOnce(
        _ stream: HTTP2Stream, _ content: RawSpan, from offset: Int,
        continuing source: () -> any BodySource
    ) -> Int {
        guard content.byteCount <= Self.atOnceByteCount, waitingCount == 1, !isBlocked,
            shared.stagedByteCount + content.byteCount + 2048 <= HTTP2Loop.byteCount
        else { return 0 }
        var framed = 0
        let number = stream.number
        _ = unsafe write { asked, gap in
            guard asked == number, let place = gap.baseAddress else { return false }
            let range = framed..<framed + gap.count
            framed += gap.count
            if unsafe MappedFile.copy(content.extracting(range), to: place) { return true }
            unsafe shared.gap.room = gap
            let all = offset + range.lowerBound..<offset + range.upperBound
            return source().send(all, by: .gap(shared.gap)) == .moved(gap.count)
        }
        if phase != .closed, framed > 0 { stream.framed(framed) }
        return framed
    }

    // MARK: What streams ask for

    func respond(
        to stream: HTTP2Stream, _ head: Span<UInt8>, bodyByteCount: Int, isHere: Bool
    ) -> Bool {
        session.respond(
            to: stream.number, head, bodyByteCount: bodyByteCount, isHere: isHere)
    }

    func offer(_ byteCount: Int, of stream: HTTP2Stream) {
        session.offer(byteCount, of: stream.number)
    }

    /// More of a stream's content will come by itself.
    func awaitMore(of source: any BodySource, for stream: HTTP2Stream) {
        guard let token else { return }
        let mailbox = context.loop.mailbox
        let number = stream.number
        source.whenMore {
            mailbox.post { ($0.handler(token) as? HTTP2Connection)?.contentCame(for: number) }
        }
    }

    fileprivate func contentCame(for number: Int) {
        if number < streams.count { streams[number]?.takeAhead() }
        run()
    }

    func isWaiting(_ change: Int) { waitingCount += change }

    func reset(_ stream: HTTP2Stream, _ reason: HTTP2Session.Reason) {
        session.reset(stream.number, reason)
    }

    func sendContinue(to stream: HTTP2Stream) { _ = session.sendContinue(to: stream.number) }

    func isHeld(_ stream: HTTP2Stream) -> Bool { session.isHeld(stream.number) }

    func consumed(_ byteCount: Int, of stream: HTTP2Stream) {
        session.consumed(byteCount)
        session.consumed(byteCount, of: stream.number)
    }

    /// So much of a body came.
    func came(_ byteCount: Int, of stream: HTTP2Stream) {
        if let larger = window.came(byteCount, at: now) { session.widen(to: larger) }
        if let larger = stream.window.came(byteCount, at: now) {
            session.widen(stream.number, to: larger)
        }
    }

    /// A handler has as much as it may be given. Others of the connection's uploads go on, until
    /// too much is held.
    func holds(_ byteCount: Int) {
        session.consumed(min(byteCount, max(0, Self.heldLimit - heldByteCount)))
        heldByteCount += byteCount
    }

    func releases(_ byteCount: Int, of stream: HTTP2Stream) {
        session.consumed(byteCount, of: stream.number)
        let excess = max(0, heldByteCount - Self.heldLimit)
        heldByteCount -= byteCount
        session.consumed(min(excess, byteCount))
    }
}
