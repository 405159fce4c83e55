package import LinuxIO

/// Content that is sent piece by piece as its reader takes it, without being held for it.
package protocol BodySource: AnyObject {
    /// Sends from `range`, as much as is taken. `.failed` when the content is gone: the connection
    /// is closed then, never filled with other bytes.
    ///
    /// `.wouldBlock` also where more of it is still to come.
    func send(_ range: Range<Int>, by transport: Transport) -> IOResult

    /// Whether it was its content that was missing: then there is more to send when `whenMore`
    /// says so.
    var grows: Bool { get }
    func whenMore(_ action: @escaping @Sendable () -> Void)
}

extension BodySource {
    package var grows: Bool { false }
    package func whenMore(_ action: @escaping @Sendable () -> Void) {}
}

/// Content in memory that several responses share.
package final class MemorySource: BodySource, Sendable {
    let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        let bytes = bytes
        return transport.send(bytes.span.extracting(range))
    }
}

/// Content of a file that never changes, sent by the kernel (sendfile(2)).
package final class FileSource: BodySource, Sendable {
    private let file: SharedDescriptor

    package init(_ file: SharedDescriptor) { self.file = file }

    package func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        transport.send(
            from: FilePlace(descriptor: file.rawValue, offset: range.lowerBound),
            byteCount: range.count)
    }
}

/// A piece of a response that waits for its turn on the socket.
package enum Segment {
    case bytes([UInt8])
    case content(any BodySource, Range<Int>)

    var byteCount: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .content(_, let range): range.count
        }
    }
}
