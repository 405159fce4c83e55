internal import CLinux
internal import Glibc

/// One owner of a file descriptor; closed with it.
package struct OwnedDescriptor: ~Copyable, Sendable {
    package let rawValue: CInt  // For the length of one call only.

    package init(adopting rawValue: CInt) {
        precondition(rawValue >= 0)
        self.rawValue = rawValue
    }

    /// Gives it away, to `exec` or to a C library that closes it.
    package consuming func release() -> CInt {
        let released = rawValue
        discard self
        return released
    }

    /// Closes a descriptor that is kept as a number, by a class that is used again.
    package static func close(_ rawValue: CInt) { _ = OwnedDescriptor(adopting: rawValue) }

    deinit { _ = Glibc.close(rawValue) }  // Not retried on EINTR: Linux has closed it (close(2)).
}

/// An open file that several owners read; closed with the last.
package final class SharedDescriptor: Sendable {
    private let owned: OwnedDescriptor
    package init(_ owned: consuming OwnedDescriptor) { self.owned = owned }
    /// For the length of one call only, while `self` is held.
    package var rawValue: CInt { owned.rawValue }
}
