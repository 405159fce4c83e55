internal import Answers
package import Edge
internal import Events
package import HTTP
package import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Permission
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry
internal import Text
internal import WorkerLink

/// Answers the admin listener, on a loop of its own: nothing the public does can starve it.
package final class AdminResponder: Responder {
    /// No page has anything to do here.
    fileprivate static let problemLines = DeliveryFields(takesClientHints: false).indexProblem

    private static let readPaths: Set<UTF8String> = ["/livez", "/metrics", "/readyz"]

    private let services: EdgeServices
    /// Begins the drain of the whole edge.
    private let drain: @Sendable () -> Void
    private let monitor: EdgeMonitor

    package init(
        services: EdgeServices, monitor: EdgeMonitor, drain: @escaping @Sendable () -> Void
    ) {
        self.services = services
        self.monitor = monitor
        self.drain = drain
    }

    package func respond(to head: RequestHead, bytes: Span<UInt8>, on connection: Connection) {
        if let refusal = refusal(of: head, bytes, from: connection.peer) {
            return connection.send(
                refusal.response(fieldLines: Self.problemLines, account: nil))
        }
        let target = bytes.extracting(head.target.range)
        let isRead = head.method == .get || head.method == .head
        let path = UTF8String(String(decoding: target.array, as: UTF8.self))
        if let hex = path.after("/purge/") {
            guard head.method == .post else { return connection.send(wrongMethod(head, [.post])) }
            return purge(hex.string, head, bytes, on: connection)
        }
        if path == "/drain" {
            guard head.method == .post else { return connection.send(wrongMethod(head, [.post])) }
            drain()
            return connection.send(text(.accepted, "draining\n"))
        }
        if path == "/notifications/retry" {
            guard head.method == .post else { return connection.send(wrongMethod(head, [.post])) }
            let exchange = connection.handOver(head, bytes: bytes)
            let handler = RetryHandler(journal: services.index.events, exchange: exchange)
            Task(executorPreference: exchange.mailbox) { await handler.run() }
            return
        }
        guard isRead || head.method != .unknown && !Self.readPaths.contains(path) else {
            return connection.send(wrongMethod(head, [.get, .head]))
        }
        switch path {
        case "/livez": connection.send(text(.ok, "ok\n"))
        case "/metrics": connection.send(metrics())
        case "/readyz":
            let exchange = connection.handOver(head, bytes: bytes)
            let handler = ReadinessHandler(services: services, exchange: exchange)
            Task(executorPreference: exchange.mailbox) { await handler.run() }
        default:
            connection.send(
                ProblemAnswer.unknownPath.response(fieldLines: Self.problemLines, account: nil))
        }
    }

    /// No token protects this listener, so no page may reach it by the browser of somebody who
    /// can: neither one that says its origin nor one whose name now points here.
    private func refusal(
        of head: RequestHead, _ bytes: Span<UInt8>, from peer: PeerAddress
    ) -> ProblemAnswer? {
        let authorities = [head.authority.range, head[.host]?.range].compactMap { $0 }
        for place in authorities where !place.isEmpty {
            if Authority.host(of: bytes.extracting(place)) == .name {
                return ProblemAnswer(
                    status: .misdirectedRequest,
                    detail: "This listener is known by its address and as localhost only.")
            }
        }
        let provenance = Provenance(head, in: bytes, from: peer, listed: [])
        guard head[.origin] != nil || (provenance.isForeign && !head.method.isSafe)
        else { return nil }
        return ProblemAnswer(status: .forbidden, detail: "No page may ask for this.")
    }

    private func purge(
        _ text: String, _ head: RequestHead, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        guard let hash = ContentHash(hex: text) else {
            return connection.send(
                ProblemAnswer.malformedHash.response(fieldLines: Self.problemLines, account: nil))
        }
        let exchange = connection.handOver(head, bytes: bytes)
        let handler = PurgeHandler(services: services, exchange: exchange, hash: hash)
        Task(executorPreference: exchange.mailbox) { await handler.run() }
    }

    package func tick() { monitor.tick() }

    package func refuse(_ error: HTTPError, on connection: Connection) {
        connection.send(
            ProblemAnswer(status: error.status, detail: "\(error.reason)").response(
                fieldLines: Self.problemLines, account: nil))
    }

    package func refuseSlowHead(on connection: Connection) {
        connection.send(
            ProblemAnswer(status: .requestTimeout, detail: "The head did not arrive in time.")
                .response(fieldLines: Self.problemLines, account: nil))
    }

    private func metrics() -> Response {
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        return Response(
            status: .ok, fields: lines.copy(), content: .bytes(monitor.exposition()))
    }

    private func wrongMethod(_ head: RequestHead, _ allowed: MethodSet) -> Response {
        let answer: ProblemAnswer =
            head.method == .unknown ? .methodUnknown : .methodNotAllowed(allowed)
        return answer.response(fieldLines: Self.problemLines, account: nil)
    }

    private func text(_ status: Status, _ body: String) -> Response { Self.plain(status, body) }

    static func plain(_ status: Status, _ body: String) -> Response {
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "text/plain; charset=utf-8")
        lines.appendField("Cache-Control", "no-store")
        return Response(status: status, fields: lines.copy(), content: .bytes(Array(body.utf8)))
    }
}

private struct ReadinessHandler: Sendable {
    let services: EdgeServices
    let exchange: Exchange

    func run() async {
        let reason = await services.unreadiness()
        let status: Status = reason == nil ? .ok : .serviceUnavailable
        let walls = Wall.allCases.filter(services.desk.workers.walls.contains)
        let held = walls.isEmpty ? "none" : walls.map(\.word.description).joined(separator: " ")
        exchange.respond(
            AdminResponder.plain(status, "\(reason ?? "ready")\nworker walls: \(held)\n"))
    }
}

/// What was parked is delivered again from now on.
private struct RetryHandler: Sendable {
    let journal: EventJournal
    let exchange: Exchange

    func run() async {
        do {
            let count = try await journal.retryParked(at: Clock.wallMicroseconds())
            exchange.respond(AdminResponder.plain(.accepted, "\(count)\n"))
        } catch {
            exchange.respond(
                ProblemAnswer.storageFailing.response(
                    fieldLines: AdminResponder.problemLines, account: nil))
        }
    }
}
