internal import LinuxIO
internal import Synchronization

/// What a serving edge is asked for by signals, and by `POST /drain`, one after the other.
///
/// A thread of its own waits for the signals from before the stores are opened, so that none ends
/// the edge by itself: SIGHUP reads the configuration again, SIGTERM and SIGINT drain, and the
/// second of those ends the edge at once. After `POST /drain` the first one
/// ends the notice. A SIGHUP whose reason is that the edge's terminal has
/// gone is as SIGTERM: nobody is there who knows that it runs.
final class Requests: Sendable {
    enum Request: Sendable { case reload, stop }

    private struct State {
        var waiting: [Request] = []
        var isServing = false
        var isSignalled = false
    }

    private let state = Mutex(State())
    private let arrived = Semaphore()
    private static let awaited = [Signals.terminate, Signals.interrupt, Signals.hangUp]

    /// After `Process.settle`, which keeps these signals from every thread.
    init() throws(SystemError) {
        // A terminal that goes is known by what it was.
        let terminal = (0...2).first { Terminal.isTerminal($0) }
        _ = try RunningThread(name: "signals") { [self] in
            while true { take(Signals.wait(for: Self.awaited), terminal) }
        }
    }

    private func take(_ signal: Int32, _ terminal: Int32?) {
        if signal == Signals.hangUp {
            let isGone = terminal.map { !Terminal.isTerminal($0) } ?? false
            return isGone ? stop() : add(.reload)
        }
        let isSecond = state.withLock { state in
            defer { state.isSignalled = true }
            return state.isSignalled
        }
        if isSecond { Signals.endBy(signal) }
        stop()
    }

    /// Before it serves, the edge is ended at once: nobody waits for an answer, and the stores are
    /// made for that.
    func stop() {
        if !state.withLock({ $0.isServing }) { Process.exitAtOnce(0) }
        add(.stop)
    }

    private func add(_ request: Request) {
        state.withLock { $0.waiting.append(request) }
        arrived.signal()
    }

    func beginServing() { state.withLock { $0.isServing = true } }

    func next() -> Request {
        arrived.wait()
        return first()
    }

    private func first() -> Request { state.withLock { $0.waiting.removeFirst() } }

    /// Waits so long, or until an edge that was asked to stop already is asked again.
    func waitForAnotherStop(milliseconds: Int) {
        let end = Clock.monotonicNanoseconds() + UInt64(milliseconds) * 1_000_000
        while true {
            let left = end - min(end, Clock.monotonicNanoseconds())
            guard arrived.wait(milliseconds: Int(left / 1_000_000)), first() == .reload
            else { return }
        }
    }
}
