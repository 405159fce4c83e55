internal import LinuxIO
internal import Synchronization

/// Accepts connections for one loop.
final class Listener: EventHandler {
    /// Connections taken a turn, so that a burst does not hold up those being served.
    private static let burst = 32

    private let socket: OwnedDescriptor
    private unowned let context: LoopContext
    private var token: EventLoop.Token?
    private var isPaused = false

    init(adopting socket: consuming OwnedDescriptor, context: LoopContext) {
        self.socket = socket
        self.context = context
        super.init()
        do throws(SystemError) {
            token = try context.loop.register(
                self.socket.rawValue, for: Readiness.readable, handler: self)
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
                guard let (raw, peer) = try Socket.accept(socket.rawValue) else { return }
                if isFull, !context.shedOne() {
                    // They have gone on meanwhile: this one comes in beyond the limit, and the next
                    // one waits.
                    context.slowest = []
                }
                context.shared.accepted.add(1, ordering: .relaxed)
                context.adopt(.plain(raw), peer: peer)
            }
        } catch {
            // Out of descriptors or of memory: a state, not an end. Those who are connected are
            // served, the others wait in the backlog for the next tick.
            pause()
        }
    }

    override func tick(nowNanoseconds: UInt64) {
        context.responder?.tick()
        let count = context.shared.connections.load(ordering: .relaxed)
        context.isCrowded = isPaused || count >= context.limits.connections
        if isPaused, count >= context.limits.connections {
            context.findSlowest()
        } else if context.shared.isAwaited(at: nowNanoseconds, besides: context.index),
            !isPaused, count >= context.limits.connections
        {
            context.shedForOthers()
        } else {
            context.slowest = []
        }
        guard isPaused, let token else { return }
        isPaused = false
        _ = try? context.loop.modify(
            token, descriptor: socket.rawValue, for: Readiness.readable)
    }

    func close() {
        // Whoever the kernel has accepted for us already is still served.
        while let (raw, peer) = try? Socket.accept(socket.rawValue) {
            context.adopt(.plain(raw), peer: peer)
        }
        if let token { context.loop.unregister(token, descriptor: socket.rawValue) }
        token = nil
    }

    private func pause() {
        guard let token else { return }
        isPaused = true
        _ = try? context.loop.modify(token, descriptor: socket.rawValue, for: 0)
    }
}
