internal import LinuxIO

/// One loop's scratch memory for what is read from sockets; nothing stays in it between events.
@safe final class InputBuffer {
    static let capacity = 64 * 1024

    private let memory: UnsafeMutableRawBufferPointer

    init() {
        unsafe memory = .allocate(byteCount: Self.capacity, alignment: 64)
    }

    deinit { unsafe memory.deallocate() }

    /// Reads from `socket` behind the first `offset` bytes.
    @inline(__always)
    func receive(_ socket: CInt, at offset: Int) -> IOResult {
        unsafe Socket.receive(
            socket, into: UnsafeMutableRawBufferPointer(rebasing: memory[offset...]))
    }

    /// No more than so much, from the start on.
    func receive(_ socket: CInt, atMost count: Int) -> IOResult {
        unsafe Socket.receive(
            socket, into: UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
    }

    /// Reads from the start on what stays to be read again.
    func peek(_ socket: CInt) -> IOResult { unsafe Socket.peek(socket, into: memory) }

    /// Lends what is behind the first `offset` bytes to be filled.
    func fill<R>(from offset: Int, _ body: (UnsafeMutableRawBufferPointer) -> R) -> R {
        unsafe body(UnsafeMutableRawBufferPointer(rebasing: memory[offset...]))
    }

    /// Puts `bytes` at the start.
    func load(_ bytes: [UInt8]) {
        precondition(bytes.count <= Self.capacity)
        unsafe memory.copyBytes(from: bytes)
    }

    func copy(_ range: Range<Int>) -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(rebasing: memory[range]))
    }

    @inline(__always)
    func withBytes<R, Failure: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> R
    ) throws(Failure) -> R {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[range])
            .assumingMemoryBound(to: UInt8.self)
        return try unsafe body(bytes.span)
    }
}
