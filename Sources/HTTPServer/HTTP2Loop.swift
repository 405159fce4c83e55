internal import HTTP2

/// What the HTTP/2 connections of one loop use one after the other; empty between turns.
@safe final class HTTP2Loop {
    static let byteCount = 64 * 1024

    let scratch: HTTP2Scratch
    let gap = FrameGap()
    /// Where frames are gathered before they are sent.
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var stagedByteCount = 0
    private var pool: [HTTP2Stream] = []

    private static let poolCapacity = 1024

    /// `nil`: there is no memory for it.
    init?() {
        guard let scratch = HTTP2Scratch() else { return nil }
        self.scratch = scratch
        unsafe memory = .allocate(byteCount: Self.byteCount, alignment: 64)
    }

    deinit { unsafe memory.deallocate() }

    /// What is left of the first `limit` bytes.
    func room(within limit: Int) -> UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(
            rebasing: memory[stagedByteCount..<max(stagedByteCount, limit)])
    }

    func stage(_ byteCount: Int) { stagedByteCount += byteCount }

    /// Empties it into `send`.
    func takeStaged<R>(_ send: (Span<UInt8>) -> R) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[..<stagedByteCount])
            .assumingMemoryBound(to: UInt8.self)
        stagedByteCount = 0
        return unsafe send(bytes.span)
    }

    func makeStream() -> HTTP2Stream { pool.popLast() ?? HTTP2Stream() }

    func keep(_ stream: HTTP2Stream) {
        if pool.count < Self.poolCapacity { pool.append(stream) }
    }
}
