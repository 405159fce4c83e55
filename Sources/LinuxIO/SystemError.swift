internal import CLinux
internal import Glibc

/// A system call that failed, and its `errno`.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    package let call: StaticString
    package let code: CInt

    package init(call: StaticString, code: CInt) {
        self.call = call
        self.code = code
    }

    package static func == (a: SystemError, b: SystemError) -> Bool { a.code == b.code }

    package var description: String {
        var text = [CChar](repeating: 0, count: 128)
        _ = unsafe strerror_r(code, &text, text.count)
        let message = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(call): \(String(decoding: message, as: UTF8.self))"
    }

    /// The disk or the quota is used up.
    package var isStorageFull: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
    /// The process or the system has no descriptor left.
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }
    /// Somebody listens there.
    package var isAddressInUse: Bool { code == EADDRINUSE }
    /// What was to be read of a file, or of its map, can not be.
    package var isUnreadable: Bool { code == EIO || code == EFAULT }
    /// Of a map: bytes that were given to a system call are no more.
    package static let unreadable = SystemError(call: "copy", code: EFAULT)
}

/// The one bridge from -1 to an error. Retries EINTR.
@inline(__always) @discardableResult
package func systemCall<R: FixedWidthInteger>(
    _ name: StaticString, _ body: () -> R
) throws(SystemError) -> R {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno  // At once: ARC traffic in between could change it.
        if code == EINTR { continue }
        // Not EFAULT: a page of a map may not be readable.
        precondition(code != EBADF, "a call with a bad argument is our bug")
        throw SystemError(call: name, code: code)
    }
}

/// What a call on a non-blocking descriptor came to.
package enum IOResult: Equatable {
    case moved(Int)
    case wouldBlock
    /// The peer closed its side, or reset the connection.
    case ended
    case failed(SystemError)

    @inline(__always)
    static func of(_ name: StaticString, _ body: () -> Int) -> IOResult {
        while true {
            let result = body()
            if result >= 0 { return .moved(result) }
            let code = errno
            switch code {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case EPIPE, ECONNRESET, ETIMEDOUT, ENOTCONN, EHOSTUNREACH, ENETUNREACH: return .ended
            default:
                precondition(code != EBADF, "a bad argument is our bug")
                return .failed(SystemError(call: name, code: code))
            }
        }
    }
}
