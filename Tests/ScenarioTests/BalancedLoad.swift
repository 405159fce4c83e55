import Foundation
import Synchronization

/// Clients that ask for one after the other of some targets, over connections that they keep.
final class BalancedLoad: Sendable {
    private let socket: String
    private let targets: [String]
    private let done = Atomic(0)
    private let stopping = Atomic(false)
    private let troubles = Mutex<[String]>([])
    private let clients = DispatchGroup()

    init(socket: String, targets: [String]) { (self.socket, self.targets) = (socket, targets) }

    var count: Int { done.load(ordering: .relaxed) }

    func start(clients count: Int) {
        for number in 0..<count {
            clients.enter()
            Thread.detachNewThread { [self] in
                defer { clients.leave() }
                do { try run(number) } catch {
                    troubles.withLock { $0.append("client \(number): \(error)") }
                }
            }
        }
    }

    private func run(_ number: Int) throws {
        var connection = try Connection(path: socket)
        var turn = number
        while !stopping.load(ordering: .relaxed) {
            let target = targets[turn % targets.count]
            try connection.send(Edge.head("GET", target))
            let answer = try connection.readAnswer()
            if answer.status != 200 || answer.content.isEmpty {
                troubles.withLock { $0.append("\(target): \(answer)") }
            }
            if answer["connection"] == "close" { connection = try Connection(path: socket) }
            turn += 1
            done.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// What any client saw besides good answers.
    func stop() -> [String] {
        stopping.store(true, ordering: .relaxed)
        clients.wait()
        return troubles.withLock { $0 }
    }
}
