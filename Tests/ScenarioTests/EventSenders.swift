import Foundation
import Synchronization

/// Several who send events at the same time, each event until it is answered 200. One that is not
/// waits behind some of the others.
final class EventSenders: Sendable {
    private struct State {
        var waiting: [[UInt8]]
        var inHand = 0
        var failures = 0
        var isStopped = false
    }

    private let state: Mutex<State>
    private let port: UInt16
    private let target: String

    init(_ events: [[UInt8]], to port: UInt16, target: String, count: Int) {
        state = Mutex(State(waiting: events))
        (self.port, self.target) = (port, target)
        for _ in 0..<count { Thread { [self] in while sendNext() {} }.start() }
    }

    /// Not answered 200 yet.
    var leftCount: Int { state.withLock { $0.waiting.count + $0.inHand } }
    var failures: Int { state.withLock(\.failures) }

    func stop() { state.withLock { $0.isStopped = true } }

    /// `false`: there is none.
    private func sendNext() -> Bool {
        let event = state.withLock { state -> [UInt8]? in
            if state.isStopped { return nil }
            guard let event = state.waiting.popLast() else { return nil }
            state.inHand += 1
            return event
        }
        // What another one has in hand it sends again itself.
        guard let event else { return false }
        let isTaken = send(event)
        state.withLock { state in
            state.inHand -= 1
            if isTaken { return }
            state.failures += 1
            state.waiting.insert(event, at: .random(in: 0...state.waiting.count))
        }
        return true
    }

    private func send(_ event: [UInt8]) -> Bool {
        guard let connection = try? Connection(port: port) else { return false }
        let head = Edge.head("POST", target, bodyCount: event.count)
        guard (try? connection.send(head)) != nil, (try? connection.send(event)) != nil else {
            return false
        }
        return (try? connection.readAnswer(to: "POST").status) == 200
    }
}
