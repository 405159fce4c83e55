internal import CLinux
internal import Glibc

/// An epoll instance and the events of its last wait; keeps the C structs to itself.
@safe struct EpollSet: ~Copyable {
    /// Events taken from the kernel in one turn; the rest wait for the next.
    static let turnCapacity = 256

    private let descriptor: OwnedDescriptor
    private let events: UnsafeMutablePointer<epoll_event>

    init() throws(SystemError) {
        descriptor = OwnedDescriptor(
            adopting: try systemCall("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
        unsafe events = .allocate(capacity: Self.turnCapacity)
    }

    deinit { unsafe events.deallocate() }

    func add(_ target: CInt, events: UInt32, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, target, events, token)
    }

    func modify(_ target: CInt, events: UInt32, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, target, events, token)
    }

    func remove(_ target: CInt) throws(SystemError) {
        try control(EPOLL_CTL_DEL, target, 0, 0)
    }

    /// How many events came within `timeoutMilliseconds`; -1 waits without end.
    @inline(__always)
    func wait(timeoutMilliseconds: CInt) throws(SystemError) -> Int {
        let raw = descriptor.rawValue
        return Int(
            try systemCall("epoll_wait") {
                unsafe epoll_wait(raw, events, CInt(Self.turnCapacity), timeoutMilliseconds)
            })
    }

    @inline(__always)
    func event(_ index: Int) -> (token: UInt64, readiness: UInt32) {
        precondition(index >= 0 && index < Self.turnCapacity)
        return unsafe (events[index].data.u64, events[index].events)
    }

    private func control(
        _ operation: CInt, _ target: CInt, _ events: UInt32, _ token: UInt64
    ) throws(SystemError) {
        let raw = descriptor.rawValue
        var event = unsafe epoll_event()
        unsafe event.events = events
        unsafe event.data.u64 = token
        try systemCall("epoll_ctl") { unsafe epoll_ctl(raw, operation, target, &event) }
    }
}

/// What a descriptor is ready for, as epoll(7) tells it.
package enum Readiness {
    package static let readable = UInt32(EPOLLIN.rawValue)
    package static let writable = UInt32(EPOLLOUT.rawValue)
    package static let peerClosed = UInt32(EPOLLRDHUP.rawValue)
    package static let hangUp = UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue)
    /// One event a change, so that a connection is registered once in its life (EPOLLET).
    package static let edgeTriggered = UInt32(bitPattern: Int32(bitPattern: 1 << 31))
}
