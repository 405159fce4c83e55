internal import CH2

/// One connection's HTTP/2, on the server's side: bytes in, events out; answers in, frames out. It
/// knows no socket, no clock and no handler.
///
/// After `receive` and after `write` all events are taken before another session of the loop is
/// asked for anything: they lie in what they share.
@safe package struct HTTP2Session: ~Copyable {
    /// Streams have numbers that stay small, and are used again once `closed` has been taken.
    package enum Event: Equatable {
        /// A whole head, as HTTP/1.1 has it, in the scratch. Without a length, a body is `chunked`.
        case request(stream: Int, head: Range<Int>, hasBody: Bool)
        /// A head that is larger than it may be.
        case largeRequest(stream: Int, hasBody: Bool)
        /// Where in the bytes that were received it lies.
        case body(stream: Int, Range<Int>)
        case bodyEnd(stream: Int)
        /// Also of a stream that no request was told of. Clean is also one that the client has
        /// reset without an error, in the middle of its answer.
        case closed(stream: Int, isClean: Bool)
    }

    /// As RST_STREAM has it (RFC 9113 §7).
    package enum Reason: UInt32 {
        /// The answer is whole without the rest of the request.
        case answered = 0
        case internalError = 2
        case cancelled = 8
    }

    /// What begins a connection whose client knows what is spoken (RFC 9113 §3.4).
    package static let preface: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    /// Received at once.
    package static let pieceByteCount = Int(CH2_receivedBytes)

    private let raw: OpaquePointer
    package let scratch: HTTP2Scratch

    /// `nil`: there is no memory for it.
    package init?(_ scratch: HTTP2Scratch, limits: HTTP2Limits = HTTP2Limits()) {
        guard let raw = unsafe CH2_open(scratch.raw, limits.raw) else { return nil }
        unsafe self.raw = raw
        self.scratch = scratch
    }

    deinit { unsafe CH2_close(raw) }

    // MARK: In

    /// Takes all of them, at most a piece. `false`: the session ends with what is still to be
    /// written.
    package func receive(_ bytes: Span<UInt8>) -> Bool {
        precondition(bytes.count <= Self.pieceByteCount, "a piece at a time")
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return true }
            return unsafe CH2_receive(raw, start, bytes.count)
        }
    }

    package func next() -> Event? {
        let event = unsafe CH2_next(raw)
        let stream = Int(event.slot)
        let place = Int(event.start)..<Int(event.start) + Int(event.count)
        switch event.kind {
        case CH2Kind_request where event.isTooLarge:
            return .largeRequest(stream: stream, hasBody: event.hasBody)
        case CH2Kind_request:
            return .request(stream: stream, head: place, hasBody: event.hasBody)
        case CH2Kind_body: return .body(stream: stream, place)
        case CH2Kind_end: return .bodyEnd(stream: stream)
        case CH2Kind_closed: return .closed(stream: stream, isClean: event.error == 0)
        default: return nil
        }
    }

    /// The client may send as many bytes more, of all bodies together.
    package func consumed(_ byteCount: Int) { unsafe CH2_consumed(raw, byteCount) }

    /// The client may send as many bytes more of this body.
    package func consumed(_ byteCount: Int, of stream: Int) {
        unsafe CH2_consumedBody(raw, UInt32(stream), byteCount)
    }

    /// So many bytes of all bodies may be on their way.
    package func widen(to byteCount: Int) { unsafe CH2_widen(raw, byteCount) }

    /// So many bytes of this body may be on their way.
    package func widen(_ stream: Int, to byteCount: Int) {
        unsafe CH2_widenBody(raw, UInt32(stream), byteCount)
    }

    // MARK: Out

    /// Answers; `false` when nobody waits for it any more.
    ///
    /// - Parameters:
    ///   - head: as HTTP/1.1 has it, its empty line included.
    ///   - bodyByteCount: how long its body is, which is asked for in the gaps of what is written.
    ///   - isHere: whether it can be asked for; else what there is has to be offered.
    package func respond(
        to stream: Int, _ head: Span<UInt8>, bodyByteCount: Int, isHere: Bool = true
    ) -> Bool {
        unsafe head.withUnsafeBufferPointer { head in
            guard let start = head.baseAddress else { return false }
            return unsafe CH2_respond(
                raw, UInt32(stream), start, head.count, UInt64(bodyByteCount),
                isHere ? UInt64(bodyByteCount) : 0)
        }
    }

    /// So much more of the body can be asked for.
    package func offer(_ byteCount: Int, of stream: Int) {
        unsafe CH2_offer(raw, UInt32(stream), UInt64(byteCount))
    }

    /// The client may send the body (RFC 9110 §10.1.1).
    package func sendContinue(to stream: Int) -> Bool {
        unsafe CH2_continue(raw, UInt32(stream))
    }

    package func reset(_ stream: Int, _ reason: Reason) {
        unsafe CH2_reset(raw, UInt32(stream), reason.rawValue)
    }

    /// Puts frames into `room`, and says how many bytes they are. Where bodies belong `fill` is
    /// asked for their bytes, in order; when it has not got them, nothing of it may be sent:
    /// `nil`.
    @inline(__always)
    package func write(
        into room: UnsafeMutableRawBufferPointer,
        fill: (_ stream: Int, _ gap: UnsafeMutableRawBufferPointer) -> Bool
    ) -> Int? {
        guard let start = room.baseAddress else { return 0 }
        var gapCount = 0
        let count = unsafe CH2_write(
            raw, start.assumingMemoryBound(to: UInt8.self), room.count, scratch.gaps,
            HTTP2Scratch.gapLimit, &gapCount)
        for index in 0..<gapCount {
            let gap = unsafe scratch.gaps[index]
            let place = unsafe UnsafeMutableRawBufferPointer(
                start: start + Int(gap.at), count: Int(gap.count))
            guard unsafe fill(Int(gap.slot), place) else { return nil }
        }
        return count
    }

    /// Whether there may be something to write.
    package var hasToWrite: Bool { unsafe CH2_hasToWrite(raw) }
    /// Whether nothing more can come or go.
    package var isOver: Bool { unsafe CH2_isOver(raw) }

    // MARK: Time and the end

    /// Four times a second: time makes up for strain.
    package func tick() { unsafe CH2_tick(raw) }

    /// Whether the client lets nothing more of the stream's answer be sent.
    package func isHeld(_ stream: Int) -> Bool { unsafe CH2_isHeld(raw, UInt32(stream)) }

    /// Whether it lets nothing more be sent of any.
    package var isHeldWhole: Bool { unsafe CH2_isHeldWhole(raw) }

    /// Tells the client to ask elsewhere; what is on its way is still taken (RFC 9113 §6.8).
    package func noticeShutdown() { unsafe CH2_noticeShutdown(raw) }

    /// Takes no new request from now on.
    package func shutDown() { unsafe CH2_shutDown(raw) }
}
