internal import CLinux
internal import Glibc

/// Wakes a thread that waits for descriptors, however often it was rung meanwhile (eventfd(2)).
package final class WakeUp: Sendable {
    private let owned: OwnedDescriptor

    package init() throws(SystemError) {
        owned = OwnedDescriptor(
            adopting: try systemCall("eventfd") {
                eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
            })
    }

    /// Readable once it was rung.
    package var descriptor: CInt { owned.rawValue }

    package func ring() {
        var one: UInt64 = 1
        // Fails only when the counter is full, and then it is rung.
        _ = unsafe write(owned.rawValue, &one, 8)
    }

    /// Whether it was rung since this was asked last.
    package func take() -> Bool {
        var count: UInt64 = 0
        return unsafe read(owned.rawValue, &count, 8) == 8
    }

    /// Waits until it is rung or `other` can be read, no longer than that. The other one may be
    /// missing.
    package func wait(or other: CInt?, milliseconds: Int) {
        var items = [
            pollfd(fd: owned.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: other ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        // Interrupted is as good as rung: who waits looks again.
        _ = unsafe poll(&items, 2, CInt(clamping: milliseconds))
    }
}
