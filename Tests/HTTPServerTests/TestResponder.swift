import TestSupport
import Glibc
import HTTP
import HTTPServer
import LinuxIO
import Synchronization
import Testing

/// What a test sees of its server's inside.
final class Desk: Sendable {
    private struct State {
        var held: [Exchange] = []
        var accounts: [Account] = []
        var events: [String] = []
        var growing: [GrowingSource] = []
    }

    struct Account: Equatable {
        let status: UInt16
        let sentByteCount: Int
        let isWhole: Bool
    }

    private let state = Mutex(State())
    private let heldArrived = Semaphore()
    private let accountArrived = Semaphore()
    private let eventArrived = Semaphore()

    /// Stops the loop that asks for it until the test opens the gate.
    let gate = Semaphore()

    func hold(_ exchange: Exchange) {
        state.withLock { $0.held.append(exchange) }
        heldArrived.signal()
    }

    /// The next exchange that was handed over to `/hold`; `nil` after ten seconds.
    func nextHeld() -> Exchange? {
        guard heldArrived.wait(milliseconds: 10_000) else { return nil }
        return state.withLock { $0.held.removeFirst() }
    }

    func note(_ account: Account) {
        state.withLock { $0.accounts.append(account) }
        accountArrived.signal()
    }

    func nextAccount() -> Account? {
        guard accountArrived.wait(milliseconds: 10_000) else { return nil }
        return state.withLock { $0.accounts.removeFirst() }
    }

    func note(_ source: GrowingSource) {
        state.withLock { $0.growing.append(source) }
        heldArrived.signal()
    }

    /// The content of the next answer to `/grow/N`; `nil` after ten seconds.
    func nextGrowing() -> GrowingSource? {
        guard heldArrived.wait(milliseconds: 10_000) else { return nil }
        return state.withLock { $0.growing.removeFirst() }
    }

    func note(_ event: String) {
        state.withLock { $0.events.append(event) }
        eventArrived.signal()
    }

    func nextEvent(withinMilliseconds limit: Int = 10_000) -> String? {
        guard eventArrived.wait(milliseconds: limit) else { return nil }
        return state.withLock { $0.events.removeFirst() }
    }
}

/// A server that answers by its paths what a test asks for.
struct TestServer {
    /// Waits until no connection is counted any more: a client sees the end of its own before.
    func isLeftByAll() -> Bool { eventually { server.connectionCount == 0 } }

    let desk = Desk()
    let server: HTTPServer

    init(
        loopCount: Int = 1, limits: ServerLimits = ServerLimits(),
        listener: ListenerSettings? = nil
    ) throws {
        guard let address = SocketAddress(host: "127.0.0.1", port: 0) else { throw BadAddress() }
        let desk = desk
        let elsewhere = try BlockingPool(threadCount: 1)
        server = try HTTPServer(
            name: "test", listeners: [listener ?? ListenerSettings(.address(address))],
            loopCount: loopCount, limits: limits
        ) { TestResponder(desk: desk, elsewhere: elsewhere, context: $0) }
    }

    struct BadAddress: Error {}

    func connect(from source: String? = nil, receiveBuffer: CInt? = nil) throws -> Client {
        try Client(#require(server.address), from: source, receiveBuffer: receiveBuffer)
    }

    /// Bytes that repeat after a prime number of them, so that no buffer's size is a multiple of
    /// it.
    static func pattern(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        while bytes.count < range.count {
            let start = (range.lowerBound + bytes.count) % period.count
            let end = min(period.count, start + range.count - bytes.count)
            bytes.append(contentsOf: period[start..<end])
        }
        return bytes
    }

    private static let period = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
}

/// `/sync/N` and `/now/N` answer N bytes on the loop, `/async/N` from elsewhere; `/hold` leaves the
/// answer to the test, `/drop` forgets it, `/count` reads the body, `/early` does not, `/vanish/N`
/// loses its content after N bytes, `/grow/N` has as much of it as the test says; `/peer` answers
/// who asked; `/note/X` leaves its path with the desk, `/gate` stops the loop.
private final class TestResponder: Responder {
    private let desk: Desk
    private let context: LoopContext
    /// Threads of its own: tests block those that tasks run on by default.
    private let elsewhere: BlockingPool

    init(desk: Desk, elsewhere: BlockingPool, context: LoopContext) {
        self.desk = desk
        self.elsewhere = elsewhere
        self.context = context
    }

    func respond(to head: RequestHead, bytes: Span<UInt8>, with reply: Reply) {
        let target = bytes.extracting(head.target.range)
        var path = ""
        for index in target.indices { path.append(Character(Unicode.Scalar(target[index]))) }
        let parts = path.split(separator: "/")
        let number = parts.dropFirst().first.flatMap { Int($0) } ?? 0
        switch parts.first {
        case "sync": transmit(number, isHEAD: head.method == .head, with: reply)
        case "now": reply.send(answer(TestServer.pattern(0..<number)))
        case "account":
            reply.send(answer(TestServer.pattern(0..<number), account: Account(desk: desk)))
        case "async":
            let exchange = reply.handOver(head, bytes: bytes)
            let response = answer(TestServer.pattern(0..<number))
            Task(executorPreference: elsewhere) { exchange.respond(response) }
        case "peer": reply.send(answer(reply.peer.withText { $0.array }))
        case "hold": desk.hold(reply.handOver(head, bytes: bytes))
        case "gate":
            desk.note("gate")
            desk.gate.wait(milliseconds: 10_000)
            reply.send(answer([]))
        case "note":
            desk.note(path)
            reply.send(answer([]))
        case "drop": _ = reply.handOver(head, bytes: bytes)
        case "count": count(reply.handOver(head, bytes: bytes))
        case "early": reply.send(Response(status: .contentTooLarge))
        case "grow":
            let source = GrowingSource(byteCount: number)
            desk.note(source)
            let content = Response.Content.pieces([.content(source, 0..<number)])
            reply.send(Response(status: .ok, content: content))
        case "vanish":
            let source = VanishingSource(after: number)
            let content = Response.Content.pieces([.content(source, 0..<10_000_000)])
            reply.send(
                Response(status: .ok, content: content, account: Account(desk: desk)))
        default: reply.send(Response(status: .notFound))
        }
    }

    func refuse(_ error: HTTPError, with reply: Reply) {
        reply.send(Response(status: error.status))
    }

    func tick() {}

    func refuseSlowHead(with reply: Reply) {
        reply.send(Response(status: .requestTimeout))
    }

    private func transmit(_ byteCount: Int, isHEAD: Bool, with reply: Reply) {
        let body = TestServer.pattern(0..<byteCount)
        context.output.appendStatusLine(.ok)
        context.output.appendContentLength(byteCount)
        reply.appendConnectionField()
        context.output.appendEndOfHead()
        if isHEAD { return reply.transmit(status: .ok) }
        guard let file = unsafe try? SealedMemory.file(holding: body.span.bytes) else { return }
        let place = FilePlace(descriptor: file.rawValue, offset: 0)
        unsafe reply.transmit(status: .ok, content: body.span.bytes, file: place, from: 0) {
            MemorySource(body)
        }
    }

    private func answer(_ body: [UInt8], account: Account? = nil) -> Response {
        Response(status: .ok, content: .bytes(body), account: account)
    }

    /// Answers how many bytes came, and whether they were the pattern's.
    private func count(_ exchange: Exchange) {
        Task(executorPreference: exchange.mailbox) { [desk] in
            var count = 0
            var isRight = true
            do throws(Exchange.BodyFailure) {
                while let chunk = try await exchange.nextChunk() {
                    isRight = isRight && chunk == TestServer.pattern(count..<count + chunk.count)
                    count += chunk.count
                }
                let text = "\(count) \(isRight)"
                exchange.respond(Response(status: .ok, content: .bytes(Array(text.utf8))))
            } catch .malformed {
                exchange.respond(Response(status: .badRequest))
            } catch {
                desk.note("abandoned after \(count)")
            }
        }
    }
}

private struct Account: ResponseAccount {
    let desk: Desk
    var requestID: UInt64 { 0 }

    func finished(status: Status, sentByteCount: Int, isWhole: Bool) {
        desk.note(
            Desk.Account(status: status.rawValue, sentByteCount: sentByteCount, isWhole: isWhole))
    }
}

/// Content that is taken away while it is sent.
private final class VanishingSource: BodySource, Sendable {
    private let limit: Int

    init(after limit: Int) { self.limit = limit }

    func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        guard range.lowerBound < limit else { return .ended }
        let piece = TestServer.pattern(range.lowerBound..<min(limit, range.upperBound))
        return transport.send(piece.span)
    }
}

/// Content of which more comes when a test says so.
final class GrowingSource: BodySource, Sendable {
    private struct State {
        var count = 0
        var isLost = false
        var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let byteCount: Int

    init(byteCount: Int) { self.byteCount = byteCount }

    var grows: Bool { true }

    func send(_ range: Range<Int>, by transport: Transport) -> IOResult {
        let (count, isLost) = state.withLock { ($0.count, $0.isLost) }
        if isLost { return .ended }
        guard count > range.lowerBound else { return .wouldBlock }
        let piece = TestServer.pattern(range.lowerBound..<min(count, range.upperBound))
        return transport.send(piece.span)
    }

    func whenMore(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.actions.append(action) }
    }

    func grow(to count: Int) { change { $0.count = count } }
    func lose() { change { $0.isLost = true } }

    /// Those who wait are told, also those who come to wait meanwhile.
    private func change(_ body: (inout State) -> Void) {
        let actions = state.withLock { state in
            body(&state)
            defer { state.actions = [] }
            return state.actions
        }
        for action in actions { action() }
    }

    /// Whether somebody waits for more.
    var isAwaited: Bool { state.withLock { !$0.actions.isEmpty } }
}
