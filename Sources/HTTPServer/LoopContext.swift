package import HTTP
package import LinuxIO
internal import Synchronization

/// What the connections of one loop share. Not `Sendable`: it lives on the loop's thread.
package final class LoopContext {
    package let loop: EventLoop
    package let index: Int
    package let limits: ServerLimits
    /// Where heads are composed before they are sent; empty between responses.
    package var output = OutputBuffer(capacity: 16 * 1024)
    let input = InputBuffer()
    let shared: SharedCounts
    var responder: (any Responder)?
    private(set) var isDraining = false
    /// Others wait to be accepted: whoever is idle makes room.
    var isCrowded = false
    /// All that are open.
    private(set) var connections: [Connection] = []
    /// Who may go when somebody waits; see `findSlowest`.
    var slowest: [(connection: Connection, token: EventLoop.Token)] = []
    private var listeners: [Listener] = []
    /// Those whose next step waits for its turn.
    var handshakes: [TLSGreeting] = []
    /// Most loops speak neither.
    private(set) lazy var secureBuffers = SecureBuffers()
    private(set) lazy var sharedHTTP2 = HTTP2Loop()
    private var pool: [HTTP1Connection] = []
    private var datedTurn: UInt64 = 0
    private var datedSecond: Int64 = -1
    private var dateLine = OutputBuffer()

    /// Connection objects kept for the next ones.
    private static let poolCapacity = 1024

    init(loop: EventLoop, index: Int, limits: ServerLimits, shared: SharedCounts) {
        self.loop = loop
        self.index = index
        self.limits = limits
        self.shared = shared
    }

    /// Appends the `Date` field: the clock is read once a turn, the line written once a second.
    @inline(__always)
    package func appendDate() {
        if loop.nowNanoseconds != datedTurn { renewDate() }
        dateLine.withBytes { output.append($0) }
    }

    /// What the date of the answer under way is, in seconds since 1970.
    package var datedSeconds: Int64 { datedSecond }

    @inline(never)
    private func renewDate() {
        datedTurn = loop.nowNanoseconds
        let second = Clock.coarseWallSeconds()
        guard second != datedSecond else { return }
        datedSecond = second
        dateLine.removeAll()
        dateLine.appendField("Date", HTTPDate(secondsSince1970: second))
    }

    /// Composes the head of an answer in the output. Whether content may follow it.
    ///
    /// - Parameter appendConnectionField: appends what is to be said of the connection.
    func composeHead(of response: Response, _ appendConnectionField: () -> Void) -> Bool {
        output.appendStatusLine(response.status)
        appendDate()
        output.append(response.fields.span)
        let mayHaveContent = !response.status.forbidsContent
        if mayHaveContent { output.appendContentLength(response.contentByteCount) }
        appendConnectionField()
        output.appendEndOfHead()
        return mayHaveContent
    }

    /// Empties the output, whose bytes from `start` on, up to `count`, are the result.
    func takeOutput(first count: Int? = nil, from start: Int) -> [UInt8] {
        let bytes = output.withBytes { $0.extracting(start..<(count ?? $0.count)).array }
        output.removeAll()
        return bytes
    }

    func listen(_ socket: consuming OwnedDescriptor, as settings: ListenerSettings) {
        listeners.append(Listener(adopting: socket, settings: settings, context: self))
    }

    /// About four times a second, also where nothing happens.
    func tick(nowNanoseconds: UInt64) {
        responder?.tick()
        let count = shared.connections.load(ordering: .relaxed)
        let isFull = count >= limits.connections
        let isPaused = listeners.contains { $0.isPaused }
        isCrowded = isPaused || isFull
        if isPaused, isFull {
            findSlowest()
        } else if isFull, !listeners.isEmpty, shared.isAwaited(at: nowNanoseconds, besides: index) {
            shedForOthers()
        } else {
            slowest = []
        }
        for listener in listeners { listener.resume() }
    }

    /// Takes over a socket that was accepted.
    ///
    /// - Parameter isNamed: `peer` is at its other end; a balancer may pass on somebody who has no
    ///   address, and then it speaks for nobody.
    func adopt(
        _ socket: CInt, peer: PeerAddress, by listener: Listener, isNamed: Bool = true
    ) {
        guard shared.admit(peer) else {
            // By a reset, so that the kernel keeps nothing of it either.
            Socket.resetOnClose(socket)
            return OwnedDescriptor.close(socket)
        }
        guard let connection = open(socket, peer: peer, by: listener) else {
            OwnedDescriptor.close(socket)
            return shared.release(peer)
        }
        if !isNamed { connection.stopForwarding() }
        connection.place = connections.count
        connections.append(connection)
    }

    private func open(_ socket: CInt, peer: PeerAddress, by listener: Listener) -> Connection? {
        if let tls = listener.settings.tls {
            guard let greeting = TLSGreeting(socket, tls, in: self),
                greeting.open(peer: peer, by: listener, in: self)
            else { return nil }
            return greeting
        }
        let connection = makeHTTP1()
        if connection.open(.plain(socket), peer: peer, by: listener, in: self) {
            return connection
        }
        keep(connection)
        return nil
    }

    func makeHTTP1() -> HTTP1Connection { pool.popLast() ?? HTTP1Connection() }

    /// For the next one.
    func keep(_ connection: HTTP1Connection) {
        if pool.count < Self.poolCapacity { pool.append(connection) }
    }

    /// `next` goes on where `connection` was.
    func replace(
        _ connection: Connection, with next: Connection, at token: EventLoop.Token
    ) {
        loop.handOver(token, to: next)
        next.place = connection.place
        connections[next.place] = next
    }

    func release(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.place] = last
            last.place = connection.place
        }
        shared.release(connection.peer)
        if let connection = connection as? HTTP1Connection { keep(connection) }
    }

    /// Stops listening; each connection ends after its request.
    func drain() {
        isDraining = true
        for listener in listeners { listener.close() }
        listeners = []
    }
}

/// Says what requests mean; one a loop, made and called on its thread.
package protocol Responder: AnyObject {
    /// Answers `head`, whose bytes are valid for this call only: at once by `reply`'s
    /// `transmit` or `send`, or later through its `handOver`.
    func respond(to head: RequestHead, bytes: Span<UInt8>, with reply: Reply)

    /// The answer to bytes that are no request; the connection closes after it.
    func refuse(_ error: HTTPError, with reply: Reply)

    /// The answer to a head that did not come to its end in time; the connection closes after it.
    func refuseSlowHead(with reply: Reply)

    /// About four times a second, also on a loop where nothing happens.
    func tick()
}
