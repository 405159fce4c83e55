internal import HTTP
internal import LinuxIO
internal import TLS

/// A socket that speaks TLS. Cipher text that the socket did not take is kept here, at most what
/// one call made of it; until it is out, nothing more is taken.
@safe final class SecureSocket {
    let socket: CInt
    private var session: TLSSession
    private unowned let buffers: SecureBuffers
    private var unsent = UnsentBytes()
    /// No more will be sent behind what is unsent.
    private var isFinished = false
    /// Nothing more comes, or nothing that could be read.
    private var isOver = false
    private var mayHaveMore = false
    /// The socket was full: it is given less at once, so that less is kept for a slow reader.
    private var wasFull = false

    /// A record at a time.
    private static let slowByteCount = TLSSession.recordByteCount
    private static let unsentLimit = 4 * SecureBuffers.byteCount
    /// Bytes that bring no plain text, at once.
    private static let emptyReceives = 16

    /// `nil`: there is no memory for it; the socket is the caller's then.
    init?(_ socket: CInt, _ context: TLSContext, _ buffers: SecureBuffers) {
        guard let session = TLSSession(context) else { return nil }
        self.session = session
        (self.socket, self.buffers) = (socket, buffers)
    }

    var isShaken: Bool { session.isShaken }
    var isHTTP2: Bool { session.isHTTP2 }
    var isResumed: Bool { session.isResumed }
    var unsentByteCount: Int { unsent.count }

    // MARK: In

    func mayHaveMoreToRead() -> Bool { mayHaveMore || isOver }

    func receive(into input: InputBuffer, at offset: Int) -> IOResult {
        guard !isOver else { return .ended }
        let limit = min(
            SecureBuffers.byteCount,
            InputBuffer.capacity - offset - TLSSession.recordByteCount)
        for _ in 0..<Self.emptyReceives {
            let count: Int
            switch unsafe Socket.receive(socket, into: buffers.cipher(first: limit)) {
            case .moved(let received): count = received
            case .wouldBlock: return .wouldBlock
            case .ended: return .ended
            case .failed(let error): return .failed(error)
            }
            mayHaveMore = count == limit
            let (state, plainCount) = unsafe input.fill(from: offset) { plain in
                unsafe session.receive(
                    UnsafeRawBufferPointer(buffers.cipher(first: count)), into: plain,
                    buffers.output)
            }
            // Answers to a handshake, or why there will be none.
            let flushed = flush()
            isOver = state != .open
            if plainCount > 0 { return .moved(plainCount) }
            if isOver { return .ended }
            switch flushed {
            case .moved, .wouldBlock: break
            case .ended, .failed: return flushed
            }
            if !mayHaveMore { return .wouldBlock }
        }
        isOver = true
        return .ended
    }

    // MARK: Out

    /// How much of `plain` was taken.
    func send(_ plain: RawSpan) -> IOResult {
        var sent = 0
        while sent < plain.byteCount {
            if unsentByteCount > 0 {
                switch flushUnsent() {
                case .moved where unsentByteCount == 0: break
                case .moved, .wouldBlock: return sent > 0 ? .moved(sent) : .wouldBlock
                case .ended: return .ended
                case .failed(let error): return .failed(error)
                }
            }
            var piece = plain.extracting(droppingFirst: sent)
            if wasFull { piece = piece.extracting(first: Self.slowByteCount) }
            let count = session.send(piece, buffers.output)
            guard count > 0 else { return .ended }
            switch flush() {
            case .moved, .wouldBlock: sent += count
            case .ended: return .ended
            case .failed(let error): return .failed(error)
            }
        }
        return .moved(sent)
    }

    /// Head and content, which may lie in a map.
    func send(_ head: Span<UInt8>, _ content: RawSpan) -> IOResult {
        unsafe send(head, byteCount: content.byteCount) { place, offset in
            guard let start = place.baseAddress else { return .moved(0) }
            let piece = content.extracting(offset..<offset + place.count)
            return unsafe MappedFile.copy(piece, to: start)
                ? .moved(place.count) : .failed(.unreadable)
        }
    }

    func send(from file: FilePlace, byteCount: Int) -> IOResult {
        let none: [UInt8] = []
        return unsafe send(none.span, byteCount: byteCount) { place, offset in
            unsafe Files.read(file.descriptor, offset: file.offset + offset, into: place)
        }
    }

    /// By way of memory of the loop's, where head and content meet in one record.
    private func send(
        _ head: Span<UInt8>, byteCount: Int,
        _ fill: (_ place: UnsafeMutableRawBufferPointer, _ offset: Int) -> IOResult
    ) -> IOResult {
        var sent = 0
        let total = head.count + byteCount
        while sent < total {
            let room = unsafe buffers.plain
            let headLeft = max(0, head.count - sent)
            unsafe head.extracting(droppingFirst: head.count - headLeft).withUnsafeBytes {
                unsafe room.copyMemory(from: $0)
            }
            let offset = sent + headLeft - head.count
            let count = min(room.count - headLeft, byteCount - offset)
            var filled = 0
            if count > 0 {
                let place = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: room[headLeft..<headLeft + count])
                switch unsafe fill(place, offset) {
                case .moved(let read): filled = read
                // The head still goes out; of the rest the next call will say the same.
                case let other:
                    if sent > 0 { return .moved(sent) }
                    if headLeft == 0 { return other }
                }
            }
            guard headLeft + filled > 0 else { return .moved(sent) }
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: room[..<(headLeft + filled)])
            switch unsafe send(bytes.bytes) {
            case .moved(let moved):
                sent += moved
                if moved < headLeft + filled || filled < count { return .moved(sent) }
            case .wouldBlock: return sent > 0 ? .moved(sent) : .wouldBlock
            case let other: return other
            }
        }
        return .moved(sent)
    }

    /// Sends what the session left in the output, and keeps what the socket does not take.
    private func flush() -> IOResult {
        let output = buffers.output
        guard !output.isEmpty else { return .moved(0) }
        defer { output.removeAll() }
        var taken = 0
        if unsentByteCount == 0 {
            let result = output.withBytes { Socket.send(socket, $0) }
            switch result {
            case .moved(let count): taken = count
            case .wouldBlock: break
            case .ended, .failed: return result
            }
        }
        let rest = output.withBytes { $0.extracting(droppingFirst: taken).array }
        wasFull = !rest.isEmpty
        unsent.keep(rest)
        // Somebody who makes us answer, and does not read.
        return unsent.heldByteCount > Self.unsentLimit ? .ended : .moved(taken)
    }

    /// Sends what was kept. Also called when the socket takes more.
    func flushUnsent() -> IOResult {
        guard unsentByteCount > 0 else { return .moved(0) }
        let result = unsent.flush { Socket.send(socket, $0) }
        guard case .moved = result else { return result }
        if unsentByteCount == 0 {
            wasFull = false
            if isFinished { Socket.finishSending(socket) }
        }
        return result
    }

    func finishSending() {
        session.finishSending(buffers.output)
        _ = flush()
        isFinished = true
        if unsentByteCount == 0 { Socket.finishSending(socket) }
    }
}

/// What the secure sockets of one loop use one after the other; empty between calls.
@safe final class SecureBuffers {
    static let byteCount = TLSOutput.plainByteCount

    let output = TLSOutput()
    private let memory: UnsafeMutableRawBufferPointer

    init() { unsafe memory = .allocate(byteCount: 2 * Self.byteCount, alignment: 64) }

    deinit { unsafe memory.deallocate() }

    /// Where cipher text is received.
    func cipher(first count: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    }

    /// Where plain text is gathered.
    var plain: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[Self.byteCount...])
    }
}
