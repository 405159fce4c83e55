internal import CLinux
internal import Glibc
package import Text

/// Tells what happens to the names in directories (inotify(7)).
///
/// `wait` and `read` are for one thread; `wake` is for any.
package final class DirectoryWatch: Sendable {
    package enum Change: Equatable, Sendable {
        /// A name came to be: made, linked, or moved here.
        case appeared(name: UTF8String, isDirectory: Bool, wasMoved: Bool)
        /// A file that was open for writing was closed.
        case written(name: UTF8String)
        /// A directory left by this name.
        case directoryLeft(name: UTF8String)
        /// Something happened to a name that is no UTF-8; this is as much of it as can be shown.
        case oddName(UTF8String)
        /// The directory is not watched any more: it is gone, or its file system is.
        case ended
        /// So much happened that the kernel kept no record: look at everything again.
        case overflowed
    }

    package struct Event: Equatable, Sendable {
        /// As `add` returned it; of no meaning for `overflowed`.
        package let watch: Int32
        package let change: Change
    }

    private let queue: OwnedDescriptor
    private let alarm: OwnedDescriptor

    package init() throws(SystemError) {
        queue = OwnedDescriptor(
            adopting: try systemCall("inotify_init1") {
                inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
            })
        alarm = OwnedDescriptor(
            adopting: try systemCall("eventfd") {
                eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
            })
    }

    /// Watches a directory itself, wherever it is moved. The same one gets the same number again.
    package func add(_ directory: borrowing Directory) throws(SystemError) -> Int32 {
        let (raw, watched) = (queue.rawValue, directory.descriptor.rawValue)
        let kinds =
            IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_ONLYDIR
        return try systemCall("inotify_add_watch") {
            unsafe inotify_add_watch(raw, "/proc/self/fd/\(watched)", UInt32(bitPattern: kinds))
        }
    }

    /// Of no effect where it has ended by itself.
    package func remove(_ watch: Int32) { _ = inotify_rm_watch(queue.rawValue, watch) }

    /// Ends a `wait`, now or the next one.
    package func wake() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(alarm.rawValue, &one, 8)
    }

    /// Waits for events or `wake`, no longer than that; -1 without end.
    package func wait(milliseconds: CInt) {
        var targets = [
            pollfd(fd: queue.rawValue, events: Int16(POLLIN), revents: 0),
            pollfd(fd: alarm.rawValue, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&targets, nfds_t(targets.count), milliseconds)
        var value: UInt64 = 0
        _ = unsafe Glibc.read(alarm.rawValue, &value, 8)
    }

    /// What happened since; at most a few hundred events at once, empty when nothing did.
    package func read() -> [Event] {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = unsafe Glibc.read(queue.rawValue, &buffer, buffer.count)
        guard count > 0 else { return [] }
        return Self.events(in: buffer.span.extracting(first: count))
    }

    /// `struct inotify_event`: watch, mask, cookie, length of the name (4 bytes each), name.
    private static func events(in buffer: Span<UInt8>) -> [Event] {
        var events: [Event] = []
        var place = 0
        while place + 16 <= buffer.count {
            let watch = Int32(bitPattern: number(in: buffer, at: place))
            let mask = number(in: buffer, at: place + 4)
            let length = Int(number(in: buffer, at: place + 12))
            var name: [UInt8] = []
            for index in place + 16..<min(place + 16 + length, buffer.count) {
                guard buffer[index] != 0 else { break }
                name.append(buffer[index])
            }
            place += 16 + length
            let entry = EntryName(name)
            if let change = Change(mask: mask, name: entry.text) {
                events.append(
                    Event(watch: watch, change: entry.isUTF8 ? change : .oddName(entry.text)))
            }
        }
        return events
    }

    private static func number(in buffer: Span<UInt8>, at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(buffer[place + $1]) << UInt32(8 * $1) }
    }
}

extension DirectoryWatch.Change {
    fileprivate init?(mask: UInt32, name: UTF8String) {
        func has(_ bit: CInt) -> Bool { mask & UInt32(bitPattern: bit) != 0 }
        let isDirectory = has(IN_ISDIR)
        if has(IN_Q_OVERFLOW) {
            self = .overflowed
        } else if has(IN_IGNORED) {
            self = .ended
        } else if has(IN_CREATE) || has(IN_MOVED_TO) {
            self = .appeared(name: name, isDirectory: isDirectory, wasMoved: has(IN_MOVED_TO))
        } else if has(IN_CLOSE_WRITE) {
            self = .written(name: name)
        } else if has(IN_MOVED_FROM), isDirectory {
            self = .directoryLeft(name: name)
        } else {
            return nil
        }
    }
}
