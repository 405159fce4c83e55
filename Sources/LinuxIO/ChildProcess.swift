internal import CLinux
internal import Glibc

/// A child process by its pidfd, killed and reaped with its owner.
package struct ChildProcess: ~Copyable, Sendable {
    package let pid: Int32
    /// Readable once it has ended (pidfd_open(2)).
    package let pidDescriptor: OwnedDescriptor

    package enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    /// Starts `path` with `output` as its descriptors 0, 1 and 2, `socket` as 3, `memory` as 4,
    /// `environment` and nothing else. What it reads of `output`, made for writing, is an error.
    package init(
        path: String, arguments: [String], environment: [String],
        output: borrowing OwnedDescriptor, socket: borrowing OwnedDescriptor,
        memory: borrowing SharedMemory, niceIncrement: Int
    ) throws(SystemError) {
        var child = CLinuxChild()
        let rawOutput = output.rawValue
        let (rawSocket, rawMemory) = (socket.rawValue, memory.descriptor.rawValue)
        let code = unsafe withCStrings([path] + arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe CLinux_spawn(
                    path, arguments, environment, rawOutput, rawSocket, rawMemory,
                    CInt(niceIncrement), &child)
            }
        }
        if code != 0 { throw SystemError(call: "spawn", code: code) }
        pid = child.pid
        pidDescriptor = OwnedDescriptor(adopting: child.pidfd)
    }

    package borrowing func kill() { CLinux_kill(pidDescriptor.rawValue) }

    /// Of all its threads, in nanoseconds; `nil` once it is gone.
    package borrowing func processorTime() -> UInt64? { Clock.processorNanoseconds(of: pid) }

    /// How it ended, or `nil` while it runs. Once only: the process is gone from the table then.
    package borrowing func reap() -> Exit? {
        let status = CLinux_reap(pidDescriptor.rawValue, 0)
        guard status >= 0 else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal)
    }

    /// Waits for its death, which is short after SIGKILL. Of no effect if it has been reaped.
    deinit {
        CLinux_kill(pidDescriptor.rawValue)
        _ = CLinux_reap(pidDescriptor.rawValue, 1)
    }
}

private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("never empty") }
        return unsafe body(start)
    }
}
