internal import LinuxIO
internal import Synchronization

/// A connection of a listener that asks for the PROXY protocol, until its header is here. Nothing
/// behind the header is read: whose bytes those are, TLS or HTTP, is told by what comes after.
final class ProxyGreeting: EventHandler {
    /// It is sent with the connection, in one piece.
    static let nanoseconds: UInt64 = 3_000_000_000

    private let socket: CInt
    private let balancer: PeerAddress
    private let listener: Listener
    private unowned let context: LoopContext
    private let start: UInt64
    private var token: EventLoop.Token?

    /// `nil` where it can not be waited for; the socket is the caller's then.
    init?(
        _ socket: CInt, from balancer: PeerAddress, by listener: Listener, in context: LoopContext
    ) {
        (self.socket, self.balancer) = (socket, balancer)
        (self.listener, self.context) = (listener, context)
        start = context.loop.nowNanoseconds
        super.init()
        let interest = Readiness.readable | Readiness.peerClosed | Readiness.edgeTriggered
        guard let token = try? context.loop.register(socket, for: interest, handler: self)
        else { return nil }
        self.token = token
    }

    override func ready(_ readiness: UInt32) {
        switch context.input.peek(socket) {
        case .moved(let count):
            let outcome = context.input.withBytes(0..<count) { ProxyHeader.parse($0) }
            switch outcome {
            case .complete(let header): pass(header)
            case .incomplete where readiness & Readiness.peerClosed == 0: break
            case .incomplete, .malformed: refuse()
            }
        case .wouldBlock: break
        case .ended, .failed: refuse()
        }
    }

    override func tick(nowNanoseconds: UInt64) {
        if nowNanoseconds > start, nowNanoseconds - start > Self.nanoseconds { refuse() }
    }

    private func pass(_ header: ProxyHeader) {
        guard leave() else { return }
        // Who waits for the last one to go must see it here or there.
        defer { context.shared.leaveGreeting() }
        guard
            context.input.receive(socket, atMost: header.byteCount)
                == .moved(header.byteCount)
        else { return drop() }
        context.adopt(
            socket, peer: header.client ?? balancer, by: listener,
            isNamed: header.client != nil)
    }

    private func refuse() {
        context.shared.ungreeted.add(1, ordering: .relaxed)
        guard leave() else { return }
        drop()
        context.shared.leaveGreeting()
    }

    private func drop() {
        Socket.resetOnClose(socket)
        OwnedDescriptor.close(socket)
    }

    /// Whether it was still there.
    private func leave() -> Bool {
        guard let token else { return false }
        context.loop.unregister(token, descriptor: socket)
        self.token = nil
        return true
    }
}

extension LoopContext {
    /// Waits for the header of what was accepted; who is not trusted is closed at once.
    func greet(_ socket: CInt, peer: PeerAddress, by listener: Listener) {
        shared.enterGreeting()
        if listener.settings.trusts(peer),
            ProxyGreeting(socket, from: peer, by: listener, in: self) != nil
        {
            return
        }
        shared.ungreeted.add(1, ordering: .relaxed)
        shared.leaveGreeting()
        Socket.resetOnClose(socket)
        OwnedDescriptor.close(socket)
    }
}
