internal import LinuxIO
internal import Synchronization
internal import TLS

/// A connection of a listener that speaks TLS, until both sides have agreed how, and what inside.
@safe final class TLSGreeting: Connection {
    private let socket: SecureSocket
    private let transport: Transport
    private let start: UInt64
    private var isWaiting = false

    /// `nil`: there is no memory for it; the socket is the caller's then.
    init?(_ socket: CInt, _ tls: TLSProvider, in context: LoopContext) {
        guard let secure = SecureSocket(socket, tls.current, context.secureBuffers)
        else { return nil }
        self.socket = secure
        transport = .secure(secure)
        start = context.loop.nowNanoseconds
        super.init()
    }

    /// Whether the loop watches it; else the socket is the caller's.
    func open(peer: PeerAddress, by listener: Listener, in context: LoopContext) -> Bool {
        if register(transport, peer: peer, by: listener, in: context) { return true }
        transport.letGo()
        return false
    }

    override func ready(_ readiness: UInt32) {
        if readiness & Readiness.hangUp != 0 { return close() }
        if transport.hasUnsent {
            switch transport.flushUnsent() {
            case .moved, .wouldBlock: break
            case .ended, .failed: return close()
            }
        }
        guard readiness & (Readiness.readable | Readiness.peerClosed) != 0, !isWaiting
        else { return }
        isWaiting = true
        context.waitForHandshake(self)
    }

    override func tick(nowNanoseconds: UInt64) {
        guard token != nil, nowNanoseconds > start else { return }
        let limit = context.limits.headMilliseconds
        let allowed = context.isCrowded ? min(limit, 1000) : limit
        if nowNanoseconds - start > allowed * 1_000_000 { reset() }
    }

    override func bytesPerSecond(at now: UInt64) -> UInt64? {
        now > start && now - start > 1_000_000_000 ? 0 : nil
    }

    /// Its turn: a step of the handshake, which takes a millisecond.
    func shake() {
        isWaiting = false
        guard token != nil else { return }
        switch transport.receive(into: context.input, at: 0) {
        case .moved(let count): pass(context.input.copy(0..<count))
        case .wouldBlock: if socket.isShaken { pass([]) }
        case .ended, .failed:
            context.shared.unshaken.add(1, ordering: .relaxed)
            close()
        }
    }

    /// - Parameter inbound: what came right behind.
    private func pass(_ inbound: [UInt8]) {
        let shared = context.shared
        if socket.isResumed {
            shared.resumed.add(1, ordering: .relaxed)
        } else {
            shared.shaken.add(1, ordering: .relaxed)
        }
        if socket.isHTTP2 {
            guard let next = HTTP2Connection(insteadOf: self, transport, having: inbound)
            else { return reset() }
            next.run()
        } else {
            context.makeHTTP1().begin(insteadOf: self, transport, having: inbound)
        }
    }

    override func reset() {
        guard token != nil else { return }
        transport.resetOnClose()
        close()
    }

    private func close() {
        guard token != nil else { return }
        leave(transport)
    }
}

extension LoopContext {
    /// One step of a handshake a turn: between two of them those are served who have agreed.
    func waitForHandshake(_ greeting: TLSGreeting) {
        handshakes.append(greeting)
        if handshakes.count == 1 { loop.later { [self] in shakeNext() } }
    }

    private func shakeNext() {
        handshakes.removeFirst().shake()
        if !handshakes.isEmpty { loop.later { [self] in shakeNext() } }
    }
}
