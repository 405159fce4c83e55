internal import HTTP
internal import LinuxIO

/// One that is open on a loop, whatever it speaks: who is at its other end, and its places there.
@safe class Connection: EventHandler {
    /// Among those that are open on its loop.
    final var place = 0
    final private(set) var token: EventLoop.Token?
    /// Who is at its other end, or before the balancers that pass on bytes.
    final private(set) var peer = PeerAddress.local
    final private(set) var listener: Listener?
    /// See `ListenerSettings`.
    final private(set) var redirectPort: UInt16 = 0
    /// Whether `peer` may say that it passes on somebody else's requests.
    private final var isForwarding = false
    private final var contextReference: Unmanaged<LoopContext>?

    final var context: LoopContext {
        guard let contextReference = unsafe contextReference else {
            preconditionFailure("a closed connection")
        }
        return unsafe contextReference.takeUnretainedValue()
    }

    final var now: UInt64 { context.loop.nowNanoseconds }

    // MARK: What each does in its own way

    /// Ends a peer that broke a limit, without waiting for it to take what is unsent.
    func reset() {}

    /// How fast it goes while its client's turn lasts; `nil`: it is not the client who is waited
    /// for.
    func bytesPerSecond(at now: UInt64) -> UInt64? { nil }

    // MARK: Its places

    /// Whether the loop watches it now.
    final func register(
        _ transport: Transport, peer: PeerAddress, by listener: Listener, in context: LoopContext
    ) -> Bool {
        let interest =
            Readiness.readable | Readiness.writable | Readiness.peerClosed
            | Readiness.edgeTriggered
        guard
            let token = try? context.loop.register(
                transport.descriptor, for: interest, handler: self)
        else { return false }
        transport.opened()
        (self.token, self.listener) = (token, listener)
        redirectPort = listener.settings.redirectPort
        setPeer(peer)
        unsafe contextReference = Unmanaged.passUnretained(context)
        return true
    }

    /// Goes on where `other` was, which has gone then.
    final func takePlace(of other: Connection) {
        guard let token = other.token else { preconditionFailure("a closed connection") }
        (self.token, peer, listener) = (token, other.peer, other.listener)
        (isForwarding, redirectPort) = (other.isForwarding, other.redirectPort)
        unsafe contextReference = other.contextReference
        context.replace(other, with: self, at: token)
        other.detach()
    }

    /// Closes the transport and gives up its places.
    final func leave(_ transport: Transport) {
        guard let token else { preconditionFailure("closed twice") }
        let context = context
        context.loop.unregister(token, descriptor: transport.descriptor)
        transport.close()
        detach()
        context.release(self)
    }

    private final func detach() {
        token = nil
        listener = nil
        unsafe contextReference = nil
    }

    // MARK: Requests

    /// Has it answered by the loop's responder, or sent elsewhere.
    @inline(__always)
    final func answer(_ head: RequestHead, _ bytes: Span<UInt8>, with reply: Reply) {
        if redirectPort != 0 { return redirect(head, bytes, reply) }
        context.responder?.respond(to: head, bytes: bytes, with: reply)
    }

    /// To the same by HTTPS (RFC 9110 §15.4.9).
    @inline(never)
    private final func redirect(_ head: RequestHead, _ bytes: Span<UInt8>, _ reply: Reply) {
        guard !head.authority.isEmpty, head.targetForm == .origin || head.targetForm == .absolute
        else { return reply.send(Response(status: .badRequest)) }
        let authority = bytes.extracting(head.authority.range)
        var location = OutputBuffer()
        location.append("Location: https://")
        location.appendFieldContent(authority.extracting(..<Authority.hostByteCount(of: authority)))
        if redirectPort != 443 {
            location.append(UInt8(ascii: ":"))
            location.append(decimal: UInt64(redirectPort))
        }
        location.appendFieldContent(bytes.extracting(head.target.range))
        location.append("\r\nCache-Control: no-store\r\n")
        reply.send(Response(status: .permanentRedirect, fields: location.copy()))
    }

    /// Appends to the head in the loop's output that it is to be asked by TLS, to who came so.
    @inline(__always)
    final func appendStrictTransport(by transport: Transport) {
        guard transport.isSecure, let settings = listener?.settings else { return }
        settings.appendStrictTransport(to: &context.output)
    }

    // MARK: Who is there

    final func setPeer(_ peer: PeerAddress) {
        self.peer = peer
        guard let settings = listener?.settings else { return }
        isForwarding = settings.forwarding != .none && settings.trusts(peer)
    }

    /// What is sent here is nobody's but the sender's own.
    final func stopForwarding() { isForwarding = false }

    /// Who sent this request.
    @inline(__always)
    final func client(of head: RequestHead, _ bytes: Span<UInt8>) -> PeerAddress {
        isForwarding ? findClient(head, bytes) : peer
    }

    @inline(never)
    private final func findClient(_ head: RequestHead, _ bytes: Span<UInt8>) -> PeerAddress {
        guard let settings = listener?.settings else { return peer }
        return ForwardedClient.find(
            head, in: bytes, by: settings.forwarding, from: peer, trusts: settings.trusts)
    }
}
