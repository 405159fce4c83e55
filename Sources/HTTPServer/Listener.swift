internal import LinuxIO
internal import Synchronization

/// Accepts connections for one loop.
final class Listener: EventHandler {
    /// Connections taken a turn, so that a burst does not hold up those being served.
    private static let burst = 32

    let settings: ListenerSettings
    /// Closed when it stops listening, and not with the last connection that came by it: whoever
    /// comes is refused from then on, and does not wait for nobody.
    private let socket: CInt
    private unowned let context: LoopContext
    private var token: EventLoop.Token?
    private(set) var isPaused = false

    init(
        adopting socket: consuming OwnedDescriptor, settings: ListenerSettings,
        context: LoopContext
    ) {
        self.socket = socket.release()
        self.settings = settings
        self.context = context
        super.init()
        do throws(SystemError) {
            token = try context.loop.register(
                self.socket, for: Readiness.readable, handler: self)
        } catch {
            preconditionFailure("no memory for the first registration: \(error)")
        }
    }

    override func ready(_ readiness: UInt32) {
        do throws(SystemError) {
            for _ in 0..<Self.burst {
                let isFull =
                    context.shared.connections.load(ordering: .relaxed)
                    >= context.limits.connections
                if isFull, context.slowest.isEmpty {
                    context.shared.noteWait(
                        at: context.loop.nowNanoseconds, on: context.index)
                    return pause()
                }
                guard let (raw, peer) = try Socket.accept(socket) else { return }
                if isFull, !context.shedOne() {
                    // They have gone on meanwhile: this one comes in beyond the limit, and the next
                    // one waits.
                    context.slowest = []
                }
                context.shared.accepted.add(1, ordering: .relaxed)
                take(raw, from: peer)
            }
        } catch {
            // Out of descriptors or of memory: a state, not an end. Those who are connected are
            // served, the others wait in the backlog for the next tick.
            pause()
        }
    }

    /// Of a socket that was accepted.
    private func take(_ socket: CInt, from peer: PeerAddress) {
        if settings.proxyProtocol == .required {
            context.greet(socket, peer: peer, by: self)
        } else {
            context.adopt(socket, peer: peer, by: self)
        }
    }

    /// After a pause: there may be a place now.
    func resume() {
        guard isPaused, let token else { return }
        isPaused = false
        _ = try? context.loop.modify(
            token, descriptor: socket, for: Readiness.readable)
    }

    func close() {
        guard token != nil else { return }
        // Whoever the kernel has accepted for us already is still served.
        while let (raw, peer) = try? Socket.accept(socket) {
            take(raw, from: peer)
        }
        guard let token else { return }
        context.loop.unregister(token, descriptor: socket)
        OwnedDescriptor.close(socket)
        self.token = nil
    }

    private func pause() {
        guard let token else { return }
        isPaused = true
        _ = try? context.loop.modify(token, descriptor: socket, for: 0)
    }
}
