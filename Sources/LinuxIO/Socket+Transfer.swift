internal import CLinux
internal import Glibc

extension Socket {
    @inline(__always)
    package static func receive(
        _ socket: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) -> IOResult {
        let result = IOResult.of("recv") {
            unsafe CLinux_receive(socket, buffer.baseAddress, buffer.count)
        }
        return result == .moved(0) && buffer.count > 0 ? .ended : result
    }

    /// The same bytes can be received again.
    package static func peek(
        _ socket: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) -> IOResult {
        let result = IOResult.of("recv") {
            unsafe recv(socket, buffer.baseAddress, buffer.count, CInt(MSG_PEEK))
        }
        return result == .moved(0) && buffer.count > 0 ? .ended : result
    }

    @inline(__always)
    package static func send(_ socket: CInt, _ bytes: Span<UInt8>) -> IOResult {
        unsafe send(socket, bytes.bytes)
    }

    @inline(__always)
    package static func send(_ socket: CInt, _ bytes: RawSpan) -> IOResult {
        unsafe bytes.withUnsafeBytes { raw in
            IOResult.of("send") {
                unsafe CLinux_send(socket, raw.baseAddress, raw.count, CInt(MSG_NOSIGNAL))
            }
        }
    }

    /// More will follow at once: the kernel waits for it with what does not fill a segment.
    @inline(__always)
    package static func sendBeforeMore(_ socket: CInt, _ bytes: Span<UInt8>) -> IOResult {
        unsafe bytes.withUnsafeBytes { raw in
            IOResult.of("send") {
                unsafe CLinux_send(
                    socket, raw.baseAddress, raw.count, CInt(MSG_NOSIGNAL) | CInt(MSG_MORE))
            }
        }
    }

    /// Head and body in one call (sendmsg).
    @inline(__always)
    package static func send(_ socket: CInt, _ head: Span<UInt8>, _ body: RawSpan) -> IOResult {
        unsafe head.withUnsafeBytes { head in
            unsafe body.withUnsafeBytes { body in
                let pieces = unsafe (
                    iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress),
                        iov_len: head.count),
                    iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress),
                        iov_len: body.count)
                )
                return unsafe withUnsafePointer(to: pieces) { pieces in
                    var message = unsafe msghdr()
                    unsafe message.msg_iov = UnsafeMutableRawPointer(mutating: pieces)
                        .assumingMemoryBound(to: iovec.self)
                    unsafe message.msg_iovlen = 2
                    return IOResult.of("sendmsg") {
                        unsafe CLinux_send_message(socket, &message, CInt(MSG_NOSIGNAL))
                    }
                }
            }
        }
    }

    /// From a file without a copy through this process (sendfile(2)).
    package static func sendFile(
        _ socket: CInt, from file: CInt, offset: Int, byteCount: Int
    ) -> IOResult {
        var position = off_t(offset)
        return IOResult.of("sendfile") {
            unsafe sendfile(socket, file, &position, byteCount)
        }
    }

    /// One packet with at most 4 descriptors beside it.
    package static func sendPacket(
        _ socket: CInt, _ bytes: [UInt8], descriptors: [CInt]
    ) -> IOResult {
        unsafe bytes.withUnsafeBytes { raw in
            guard let start = raw.baseAddress else { preconditionFailure("an empty packet") }
            return IOResult.of("sendmsg") {
                unsafe CLinux_send_with_descriptors(
                    socket, start, raw.count, descriptors, CInt(descriptors.count))
            }
        }
    }

    /// One packet of at most `capacity` bytes, and the descriptors beside it, now the caller's.
    package static func receivePacket(
        _ socket: CInt, capacity: Int
    ) -> (IOResult, bytes: [UInt8], descriptors: [CInt]) {
        var descriptors: [CInt] = [-1, -1, -1, -1]
        var descriptorCount: CInt = 0
        var result = IOResult.wouldBlock
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            guard let start = buffer.baseAddress else { preconditionFailure("no capacity") }
            result = IOResult.of("recvmsg") {
                unsafe CLinux_receive_with_descriptors(
                    socket, start, capacity, &descriptors, &descriptorCount, 0)
            }
            if case .moved(let received) = result { count = received }
        }
        if result == .moved(0) { result = .ended }
        return (result, bytes, Array(descriptors.prefix(Int(descriptorCount))))
    }
}
