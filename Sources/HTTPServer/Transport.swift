package import LinuxIO

/// What carries a connection's bytes. It is chosen when the connection is accepted; what is above
/// it, the handlers with their content too, gives it bytes and places in files and knows no socket.
package struct Transport {
    private enum Kind {
        case none
        /// The socket as it is.
        case plain(CInt)
    }

    private let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    static let none = Transport(.none)
    static func plain(_ socket: CInt) -> Transport { Transport(.plain(socket)) }

    /// Of what the loop watches.
    @inline(__always)
    var descriptor: CInt {
        switch kind {
        case .none: preconditionFailure("nothing is connected")
        case .plain(let socket): socket
        }
    }

    // MARK: In

    /// Reads behind the first `offset` bytes of `input`.
    @inline(__always)
    func receive(into input: InputBuffer, at offset: Int) -> IOResult {
        input.receive(descriptor, at: offset)
    }

    /// Whether there may be more after `count` bytes that were read from `offset` on: a short read
    /// has emptied a socket (epoll(7)).
    @inline(__always)
    func mayHaveMore(after count: Int, at offset: Int) -> Bool {
        count == InputBuffer.capacity - offset
    }

    // MARK: Out

    @inline(__always)
    package func send(_ bytes: Span<UInt8>) -> IOResult { Socket.send(descriptor, bytes) }

    /// Head and content at once.
    @inline(__always)
    func send(_ head: Span<UInt8>, _ content: RawSpan) -> IOResult {
        Socket.send(descriptor, head, content)
    }

    /// Head and content from a file, which moves pages and no bytes.
    @inline(never)
    func send(_ head: Span<UInt8>, from file: FilePlace, byteCount: Int) -> IOResult {
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
        Socket.sendFile(
            descriptor, from: file.descriptor, offset: file.offset, byteCount: byteCount)
    }

    /// Of what was sent.
    var unacknowledgedByteCount: Int { Socket.unacknowledged(descriptor) }

    // MARK: Beginning and end

    func opened() { Socket.sendWithoutDelay(descriptor) }
    func finishSending() { Socket.finishSending(descriptor) }
    /// What is unsent when it is closed is dropped.
    func resetOnClose() { Socket.resetOnClose(descriptor) }
    func close() { OwnedDescriptor.close(descriptor) }
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
