import Glibc
import LinuxIO
import Testing

/// Events, messages and ticks of one loop.
@Suite struct EventLoopTests {
    /// What one handler saw.
    final class Recorder: EventHandler {
        var readiness: [UInt32] = []
        var ticks: [UInt64] = []
        var onReady: () -> Void = {}
        var onTick: () -> Void = {}

        override func ready(_ readiness: UInt32) {
            self.readiness.append(readiness)
            onReady()
        }

        override func tick(nowNanoseconds: UInt64) {
            ticks.append(nowNanoseconds)
            onTick()
        }
    }

    /// Both ends of a socket pair, the first one non-blocking.
    private struct Pair: ~Copyable {
        let near: OwnedDescriptor
        let far: OwnedDescriptor

        init() throws {
            let (first, second) = try Socket.packetPair()
            near = OwnedDescriptor(adopting: first)
            far = OwnedDescriptor(adopting: second)
        }

        func send() { _ = Socket.sendPacket(far.rawValue, [1], descriptors: []) }
    }

    @Test func aHandlerIsCalledWhenItsDescriptorIsReady() throws {
        let loop = try EventLoop()
        let pair = try Pair()
        let recorder = Recorder()
        recorder.onReady = { loop.stop() }
        let token = try loop.register(
            pair.near.rawValue, for: Readiness.readable, handler: recorder)
        #expect(loop.handler(token) === recorder)
        pair.send()
        try loop.run()
        #expect(recorder.readiness == [Readiness.readable])
    }

    /// Both are ready in one turn; whichever comes first removes the other and puts a third in
    /// its place. The event that was fetched for the second must not reach the third.
    @Test func anEventForWhoHasGoneReachesNobody() throws {
        let loop = try EventLoop()
        let one = try Pair()
        let two = try Pair()
        let three = try Pair()
        let third = Recorder()
        let raw = [one.near.rawValue, two.near.rawValue]
        let third0 = three.near.rawValue
        let both = [Recorder(), Recorder()]
        var tokens: [EventLoop.Token] = []
        for index in 0..<2 {
            tokens.append(
                try loop.register(raw[index], for: Readiness.readable, handler: both[index]))
            both[index].onReady = {
                let other = 1 - index
                loop.unregister(tokens[other], descriptor: raw[other])
                let token = try? loop.register(
                    third0, for: Readiness.readable, handler: third)
                #expect(token != nil && token != tokens[other])
                #expect(loop.handler(tokens[other]) == nil)
                loop.later { loop.stop() }
            }
        }
        one.send()
        two.send()
        try loop.run()
        // They hold each other otherwise.
        for recorder in both { recorder.onReady = {} }
        #expect(both[0].readiness.count + both[1].readiness.count == 1)
        #expect(third.readiness.isEmpty)
    }

    @Test func interestCanBeChanged() throws {
        let loop = try EventLoop()
        let pair = try Pair()
        let other = try Pair()
        let quiet = Recorder()
        let loud = Recorder()
        loud.onReady = { loop.stop() }
        let token = try loop.register(pair.near.rawValue, for: Readiness.readable, handler: quiet)
        _ = try loop.register(other.near.rawValue, for: Readiness.readable, handler: loud)
        try loop.modify(token, descriptor: pair.near.rawValue, for: 0)
        pair.send()
        other.send()
        try loop.run()
        #expect(quiet.readiness.isEmpty)
    }

    @Test func deferredWorkRunsAfterTheEventsOfItsTurnAndWhatItDefersInTheNext() throws {
        let loop = try EventLoop()
        let pair = try Pair()
        let recorder = Recorder()
        var order: [String] = []
        recorder.onReady = {
            guard order.isEmpty else { return }
            loop.later {
                order.append("first")
                loop.later {
                    order.append("second")
                    loop.stop()
                }
            }
            order.append("event")
        }
        _ = try loop.register(pair.near.rawValue, for: Readiness.readable, handler: recorder)
        pair.send()
        try loop.run()
        #expect(order == ["event", "first", "second"])
    }

    @Test func everyHandlerTicks() throws {
        let loop = try EventLoop()
        let first = try Pair()
        let second = try Pair()
        let (one, two) = (Recorder(), Recorder())
        _ = try loop.register(first.near.rawValue, for: 0, handler: one)
        _ = try loop.register(second.near.rawValue, for: 0, handler: two)
        one.onTick = { if one.ticks.count == 2 { loop.stop() } }
        try loop.run()
        one.onTick = {}
        #expect(one.ticks.count == 2 && two.ticks == one.ticks)
        let milliseconds = (one.ticks[1] - one.ticks[0]) / 1_000_000
        #expect(milliseconds >= EventLoop.tickMilliseconds)
    }

    @Test func registeringADescriptorTwiceFailsAndLeavesNothing() throws {
        let loop = try EventLoop()
        let pair = try Pair()
        let recorder = Recorder()
        let token = try loop.register(pair.near.rawValue, for: 0, handler: recorder)
        #expect(throws: SystemError(call: "epoll_ctl", code: EEXIST)) {
            _ = try loop.register(pair.near.rawValue, for: 0, handler: recorder)
        }
        loop.unregister(token, descriptor: pair.near.rawValue)
        #expect(loop.handler(token) == nil)
    }
}

/// What other threads leave for a loop.
@Suite struct MailboxTests {
    final class Tally {
        var counts = [Int](repeating: 0, count: 4)
        var isInOrder = true
    }

    @Test func workFromManyThreadsArrivesWholeAndInEachSendersOrder() throws {
        let done = Semaphore()
        let thread = try LoopThread.start(name: "mail") { $0.resident = Tally() }
        let mailbox = thread.mailbox
        for sender in 0..<4 {
            _ = try RunningThread(name: "sender") {
                for number in 0..<5000 {
                    mailbox.post { loop in
                        guard let tally = loop.resident as? Tally else { return }
                        if tally.counts[sender] != number { tally.isInOrder = false }
                        tally.counts[sender] += 1
                        if tally.counts.allSatisfy({ $0 == 5000 }) {
                            #expect(tally.isInOrder)
                            done.signal()
                        }
                    }
                }
            }
        }
        #expect(done.wait(milliseconds: 10_000))
        thread.stop()
    }

    /// A handler's every step is on the loop's thread, however often it waits in between.
    @Test func aTaskRunsOnItsLoop() async throws {
        let thread = try LoopThread.start(name: "tasks") { _ in }
        let mailbox = thread.mailbox
        let task = Task(executorPreference: mailbox) {
            var threads: Set<UInt> = []
            for _ in 0..<100 {
                threads.insert(pthread_self())
                await Task.yield()
            }
            return threads
        }
        let loopThread = await withCheckedContinuation { continuation in
            mailbox.post { _ in continuation.resume(returning: pthread_self()) }
        }
        #expect(await task.value == [loopThread])
        thread.stop()
    }

    /// The last thing posted still runs, then the loop ends and lets go of what it held.
    @Test func stoppingRunsWhatWasPostedBefore() throws {
        final class Resident: Sendable {
            let gone: LinuxIO.Semaphore
            init(_ gone: LinuxIO.Semaphore) { self.gone = gone }
            deinit { gone.signal() }
        }
        let (ran, gone) = (Semaphore(), Semaphore())
        let thread = try LoopThread.start(name: "stop") { $0.resident = Resident(gone) }
        thread.mailbox.post { _ in ran.signal() }
        thread.stop()
        #expect(ran.wait(milliseconds: 0))
        #expect(gone.wait(milliseconds: 0))
    }
}
