package import LinuxIO

/// What carries a connection's bytes. It is chosen when the connection is accepted; what is above
/// it, the handlers with their content too, gives it bytes and places in files and knows no socket.
package struct Transport {
    @safe private enum Kind {
        case none
        /// The socket as it is.
        case plain(CInt)
        /// TLS. Held by whoever has the transport of its connection, until it is closed.
        case secure(Unmanaged<SecureSocket>)
        /// Room in a frame, which is filled and sent by somebody else.
        case gap(Unmanaged<FrameGap>)
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    static var none: Transport { Transport(.none) }
    static func plain(_ socket: CInt) -> Transport { Transport(.plain(socket)) }
    static func secure(_ socket: SecureSocket) -> Transport {
        unsafe Transport(.secure(.passRetained(socket)))
    }
    static func gap(_ gap: FrameGap) -> Transport {
        unsafe Transport(.gap(.passUnretained(gap)))
    }

    /// Of what the loop watches.
    @inline(__always)
    var descriptor: CInt {
        switch kind {
        case .none, .gap: preconditionFailure("nothing is connected")
        case .plain(let socket): socket
        case .secure(let socket): unsafe socket._withUnsafeGuaranteedRef { $0.socket }
        }
    }

    /// `nil`: it is not TLS.
    @inline(__always)
    private var secure: SecureSocket? {
        guard case .secure(let socket) = kind else { return nil }
        return unsafe socket.takeUnretainedValue()
    }

    var isSecure: Bool {
        if case .secure = kind { return true }
        return false
    }

    // MARK: In

    /// Reads behind the first `offset` bytes of `input`.
    @inline(__always)
    func receive(into input: InputBuffer, at offset: Int) -> IOResult {
        if let secure { return secure.receive(into: input, at: offset) }
        return input.receive(descriptor, at: offset)
    }

    /// Whether there may be more after `count` bytes that were read from `offset` on: a short read
    /// has emptied a socket (epoll(7)).
    @inline(__always)
    func mayHaveMore(after count: Int, at offset: Int) -> Bool {
        if let secure { return secure.mayHaveMoreToRead() }
        return count == InputBuffer.capacity - offset
    }

    // MARK: Out

    @inline(__always)
    package func send(_ bytes: Span<UInt8>) -> IOResult {
        if case .plain(let socket) = kind { return Socket.send(socket, bytes) }
        return sendOtherwise(bytes)
    }

    @inline(never)
    private func sendOtherwise(_ bytes: Span<UInt8>) -> IOResult {
        if case .gap(let gap) = kind {
            return unsafe gap.takeUnretainedValue().take(bytes.bytes)
        }
        guard let secure else { preconditionFailure("nothing is connected") }
        return unsafe secure.send(bytes.bytes)
    }

    /// Head and content at once.
    @inline(__always)
    func send(_ head: Span<UInt8>, _ content: RawSpan) -> IOResult {
        if let secure { return secure.send(head, content) }
        return Socket.send(descriptor, head, content)
    }

    /// Head and content from a file, which moves pages and no bytes: not where those are copied.
    @inline(never)
    func send(_ head: Span<UInt8>, from file: FilePlace, byteCount: Int) -> IOResult {
        precondition(!copies, "it is not the socket that is sent to")
        let sent = Socket.sendBeforeMore(descriptor, head)
        guard sent == .moved(head.count) else { return sent }
        switch send(from: file, byteCount: byteCount) {
        case .moved(let count): return .moved(head.count + count)
        case .failed(let error) where error.isUnreadable: return sent
        case .wouldBlock: return sent
        case .ended: return .ended
        case .failed(let error): return .failed(error)
        }
    }

    package func send(from file: FilePlace, byteCount: Int) -> IOResult {
        switch kind {
        case .gap(let gap): unsafe gap.takeUnretainedValue().take(from: file, byteCount)
        case .secure(let socket):
            unsafe socket.takeUnretainedValue().send(from: file, byteCount: byteCount)
        case .none, .plain:
            Socket.sendFile(
                descriptor, from: file.descriptor, offset: file.offset, byteCount: byteCount)
        }
    }

    /// Whether bytes go through memory of the loop's, and not from a file to the socket: then a
    /// copy of what is mapped is made sooner than one that the kernel reads.
    package var copies: Bool {
        if case .plain = kind { return false }
        return true
    }

    /// Bytes of a map, whose file may have ended before them: `.unreadable`.
    package func send(mapped bytes: RawSpan) -> IOResult {
        switch kind {
        case .gap(let gap): return unsafe gap.takeUnretainedValue().take(mapped: bytes)
        case .secure(let socket):
            let none: [UInt8] = []
            return unsafe socket.takeUnretainedValue().send(none.span, bytes)
        case .none, .plain: return Socket.send(descriptor, bytes)
        }
    }

    /// Of what was sent.
    var unacknowledgedByteCount: Int {
        Socket.unacknowledged(descriptor) + (secure?.unsentByteCount ?? 0)
    }

    /// Whether something that was sent is kept here until the socket takes it.
    @inline(__always)
    var hasUnsent: Bool {
        guard let secure else { return false }
        return secure.unsentByteCount > 0
    }

    /// The socket takes more.
    func flushUnsent() -> IOResult { secure?.flushUnsent() ?? .moved(0) }

    // MARK: Beginning and end

    func opened() { Socket.sendWithoutDelay(descriptor) }

    func finishSending() {
        if let secure { return secure.finishSending() }
        Socket.finishSending(descriptor)
    }

    /// What is unsent when it is closed is dropped.
    func resetOnClose() { Socket.resetOnClose(descriptor) }

    func close() {
        OwnedDescriptor.close(descriptor)
        letGo()
    }

    /// Ends it without its descriptor, which is somebody else's.
    func letGo() {
        if case .secure(let socket) = kind { unsafe socket.release() }
    }
}

/// Where content lies in an open file that never changes.
package struct FilePlace {
    package let descriptor: Int32
    package let offset: Int

    package init(descriptor: Int32, offset: Int) {
        self.descriptor = descriptor
        self.offset = offset
    }
}

/// Room in a frame for content, while a `BodySource` fills it as it would send.
@safe final class FrameGap {
    var room = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

    func take(_ bytes: RawSpan) -> IOResult {
        let room = unsafe room
        let count = min(bytes.byteCount, room.count)
        unsafe bytes.extracting(first: count).withUnsafeBytes {
            unsafe room.copyMemory(from: $0)
        }
        return .moved(count)
    }

    func take(mapped bytes: RawSpan) -> IOResult {
        guard let place = unsafe room.baseAddress else { return .moved(0) }
        let count = unsafe min(bytes.byteCount, room.count)
        return unsafe MappedFile.copy(bytes.extracting(first: count), to: place)
            ? .moved(count) : .failed(.unreadable)
    }

    func take(from file: FilePlace, _ byteCount: Int) -> IOResult {
        let count = unsafe min(byteCount, room.count)
        return unsafe Files.read(
            file.descriptor, offset: file.offset,
            into: UnsafeMutableRawBufferPointer(rebasing: room[..<count]))
    }
}
