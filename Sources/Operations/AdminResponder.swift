internal import Answers
package import Edge
package import HTTP
package import HTTPServer
internal import ImageAPI
internal import ImageIndex
internal import LinuxIO
internal import Permission
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry
internal import WorkerLink

/// Answers the admin listener, on a loop of its own: nothing the public does can starve it.
package final class AdminResponder: Responder {
    /// No page has anything to do here.
    fileprivate static let problemLines = DeliveryFields(takesClientHints: false).indexProblem

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

    package func respond(to head: RequestHead, bytes: Span<UInt8>, with reply: Reply) {
        if let refusal = refusal(of: head, bytes, from: reply.peer) {
            return send(refusal, with: reply)
        }
        let target = bytes.extracting(head.target.range)
        guard head.method != .unknown else { return send(.methodUnknown, with: reply) }
        guard let place = Self.routes.firstIndex(where: { $0.shape.matches(target) })
        else { return send(.unknownPath, with: reply) }
        let resource = Self.routes[place]
        switch resource.action(for: head.method)?.handler {
        case nil: send(.methodNotAllowed(resource.allowed), with: reply)
        case .now(let answer): reply.send(answer(self))
        case .later(let answer):
            let exchange = reply.handOver(head, bytes: bytes)
            let (services, rest) = (services, resource.shape.rest(of: target))
            Task(executorPreference: exchange.mailbox) {
                exchange.respond(await answer(services, rest))
            }
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

    private func send(_ answer: ProblemAnswer, with reply: Reply) {
        reply.send(Self.problem(answer))
    }

    package func tick() { monitor.tick() }

    package func refuse(_ error: HTTPError, with reply: Reply) {
        send(ProblemAnswer(status: error.status, detail: "\(error.reason)"), with: reply)
    }

    package func refuseSlowHead(with reply: Reply) {
        send(
            ProblemAnswer(status: .requestTimeout, detail: "The head did not arrive in time."),
            with: reply)
    }
}

// MARK: Routes

extension AdminResponder {
    enum Handler: Sendable {
        /// On the loop.
        case now(@Sendable (AdminResponder) -> Response)
        /// What waits; with what the path leaves open.
        case later(@Sendable (EdgeServices, [UInt8]) async -> Response)
    }

    /// What the admin listener has: a new route is a row here and its handler. `openapi.json` says
    /// the same, and a test holds them against each other.
    static let routes: [Resource<Handler>] = [
        row(.bare("/livez"), .read, .now { _ in plain(.ok, "ok\n") }),
        row(.bare("/metrics"), .read, .now { $0.metrics() }),
        row(.bare("/readyz"), .read, .later { services, _ in await readiness(of: services) }),
        row(
            .below("/purge/"), open: "{hash}", .post,
            .later { services, text in
                guard let hash = ContentHash(hex: text.span) else {
                    return problem(.malformedHash)
                }
                return await purge(hash, services)
            }),
        row(.bare("/drain"), .post, .now { $0.beginDrain() }),
        row(.bare("/notifications/retry"), .post, .later { services, _ in await retry(services) }),
    ]

    private static func row(
        _ shape: PathShape, open: String = "", _ methods: MethodSet, _ handler: Handler
    ) -> Resource<Handler> {
        Resource(shape, open: open, answersOptions: false, [.init(methods, handler)])
    }

    private func metrics() -> Response {
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        return Response(
            status: .ok, fields: lines.copy(), content: .bytes(monitor.exposition()))
    }

    private func beginDrain() -> Response {
        drain()
        return Self.plain(.accepted, "draining\n")
    }

    private static func readiness(of services: EdgeServices) async -> Response {
        services.noteReadinessAsked()
        let reason = await services.unreadiness()
        let walls = Wall.allCases.filter(services.desk.workers.walls.contains)
        let held = walls.isEmpty ? "none" : walls.map(\.word.description).joined(separator: " ")
        return plain(
            reason == nil ? .ok : .serviceUnavailable,
            "\(reason ?? services.trouble.map { "degraded: \($0)" } ?? "ready")\n"
                + "worker walls: \(held)\n")
    }

    private static func purge(_ hash: ContentHash, _ services: EdgeServices) async -> Response {
        let purge = Purge(of: hash, desk: services.desk, index: services.index)
        do throws(ImageIndexError) {
            return Response(
                status: .ok, fields: ProblemAnswer.line("Content-Type", "application/json"),
                content: .bytes(try await purge.run()))
        } catch { return problem(error == .away ? .indexAway : .storageFailing) }
    }

    /// What was parked is delivered again from now on.
    private static func retry(_ services: EdgeServices) async -> Response {
        do {
            let count = try await services.index.retryParked(at: Clock.wallMicroseconds())
            return plain(.accepted, "\(count)\n")
        } catch { return problem(.storageFailing) }
    }

    private static func problem(_ answer: ProblemAnswer) -> Response {
        answer.response(fieldLines: problemLines, account: nil)
    }

    private static func plain(_ status: Status, _ body: String) -> Response {
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "text/plain; charset=utf-8")
        lines.appendField("Cache-Control", "no-store")
        return Response(status: status, fields: lines.copy(), content: .bytes(Array(body.utf8)))
    }
}
