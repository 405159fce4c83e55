internal import Glibc

/// Gets the readiness of one descriptor. A class, so that a turn calls it without an existential.
open class EventHandler {
    public init() {}
    /// Called on the loop's thread with the bits of `Readiness`.
    open func ready(_ readiness: UInt32) {}
    /// Called about four times a second while registered, for deadlines.
    open func tick(nowNanoseconds: UInt64) {}
}

/// One thread's epoll loop: descriptors, mailbox, ticks. Not `Sendable`: made on the thread that
/// runs it, others reach it through `mailbox` only.
///
/// A token carries a generation, so an event that was already fetched for a closed descriptor is
/// delivered to nobody when its slot is used again in the same turn.
package final class EventLoop {
    package struct Token: Hashable, Sendable {
        fileprivate let index: UInt32
        fileprivate let generation: UInt32
        fileprivate var raw: UInt64 { UInt64(generation) << 32 | UInt64(index) }
    }

    private struct Slot {
        var generation: UInt32 = 0
        var handler: EventHandler?
    }

    package static let tickMilliseconds: UInt64 = 250
    private static let wakeToken = UInt64.max

    package let mailbox: Mailbox
    /// Whatever lives on this loop for as long as it runs; messages find it here.
    package var resident: AnyObject?
    /// Called about four times a second, for deadlines of what lives here without a descriptor.
    package var onTick: ((_ nowNanoseconds: UInt64) -> Void)?
    /// When the current turn's events were fetched (CLOCK_MONOTONIC).
    package private(set) var nowNanoseconds = Clock.monotonicNanoseconds()
    private let epoll: EpollSet
    private var slots: ContiguousArray<Slot> = []
    private var freeSlots: [UInt32] = []
    private var taken: [Mailbox.Item] = []
    private var deferred: [() -> Void] = []
    private var isStopped = false
    private var nextTick: UInt64 = 0

    package init() throws(SystemError) {
        mailbox = try Mailbox()
        epoll = try EpollSet()
        try epoll.add(mailbox.descriptor, events: Readiness.readable, token: Self.wakeToken)
    }

    package func register(
        _ descriptor: CInt, for readiness: UInt32, handler: EventHandler
    ) throws(SystemError) -> Token {
        let index: UInt32
        if let free = freeSlots.popLast() {
            index = free
        } else {
            index = UInt32(slots.count)
            slots.append(Slot())
        }
        let token = Token(index: index, generation: slots[Int(index)].generation)
        slots[Int(index)].handler = handler
        do throws(SystemError) {
            try epoll.add(descriptor, events: readiness, token: token.raw)
        } catch {
            release(token)
            throw error
        }
        return token
    }

    package func modify(
        _ token: Token, descriptor: CInt, for readiness: UInt32
    ) throws(SystemError) {
        try epoll.modify(descriptor, events: readiness, token: token.raw)
    }

    /// Gives what comes from now on to somebody else.
    package func handOver(_ token: Token, to handler: EventHandler) {
        precondition(slots[Int(token.index)].generation == token.generation, "nobody's")
        slots[Int(token.index)].handler = handler
    }

    /// Before the descriptor is closed.
    package func unregister(_ token: Token, descriptor: CInt) {
        do throws(SystemError) {
            try epoll.remove(descriptor)
        } catch {
            preconditionFailure("unregistered twice")
        }
        release(token)
    }

    private func release(_ token: Token) {
        slots[Int(token.index)].handler = nil
        slots[Int(token.index)].generation &+= 1
        freeSlots.append(token.index)
    }

    /// Who holds `token` now; `nil` once it is unregistered.
    package func handler(_ token: Token) -> EventHandler? {
        let slot = slots[Int(token.index)]
        return slot.generation == token.generation ? slot.handler : nil
    }

    /// Runs `body` at the end of this turn, after every other event of it.
    package func later(_ body: @escaping () -> Void) { deferred.append(body) }

    package func stop() { isStopped = true }

    /// Returns after `stop()`. Whatever is still registered is let go then.
    package func run() throws(SystemError) {
        defer {
            slots = []
            deferred = []
            resident = nil
            onTick = nil
        }
        while !isStopped {
            let hasMail = drainMailbox()
            let timeout: CInt = hasMail || !deferred.isEmpty ? 0 : CInt(Self.tickMilliseconds)
            let count = try epoll.wait(timeoutMilliseconds: timeout)
            nowNanoseconds = Clock.monotonicNanoseconds()
            for index in 0..<count {
                let (raw, readiness) = epoll.event(index)
                if raw == Self.wakeToken {
                    mailbox.acknowledge()
                } else {
                    deliver(raw, readiness)
                }
            }
            if !deferred.isEmpty { runDeferred() }
            if nowNanoseconds >= nextTick { tick() }
        }
    }

    @inline(__always)
    private func deliver(_ raw: UInt64, _ readiness: UInt32) {
        let index = Int(raw & 0xFFFF_FFFF)
        guard slots[index].generation == UInt32(raw >> 32), let handler = slots[index].handler
        else { return }
        handler.ready(readiness)
    }

    private func runDeferred() {
        let due = deferred
        deferred.removeAll(keepingCapacity: true)
        for body in due { body() }
    }

    private func tick() {
        nextTick = nowNanoseconds + Self.tickMilliseconds * 1_000_000
        for index in slots.indices {
            slots[index].handler?.tick(nowNanoseconds: nowNanoseconds)
        }
        onTick?(nowNanoseconds)
    }

    /// Whether there was any.
    private func drainMailbox() -> Bool {
        mailbox.take(into: &taken)
        if taken.isEmpty { return false }
        let executor = unsafe mailbox.asUnownedTaskExecutor()
        for item in taken {
            switch item {
            case .work(let work): work(self)
            case .job(let job): unsafe job.runSynchronously(on: executor)
            }
        }
        taken.removeAll(keepingCapacity: true)
        return true
    }
}
