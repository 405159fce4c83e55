internal import Answers
internal import Coalescing
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

extension PublicResponder {
    /// The rendition is not in the cache: is there an original to make it of?
    func answerMiss(
        _ call: Call, _ key: RenditionKey, _ recipe: Recipe, _ request: RenditionRequest,
        _ route: Route, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        let summary: ImageSummary?
        do throws(ImageIndexError) {
            summary = try index.summary(of: key.original)
        } catch {
            return send(.storageFailing, to: call, route, bytes, on: connection)
        }
        guard let summary else {
            return send(.unknownImage, to: call, route, bytes, on: connection)
        }
        switch summary.state {
        case .deleted: return send(.deleted, to: call, route, bytes, on: connection)
        case .blocked: return send(.blocked, to: call, route, bytes, on: connection)
        case .present: break
        }
        if let verdict = try? index.verdict(on: key.original, pipeline: pipeline) {
            let answer = ProblemAnswer(RenditionFailure(verdict))
            return send(answer, to: call, route, bytes, on: connection)
        }
        let order = RenditionOrder(
            key: key, recipe: recipe, target: request.canonicalTarget, original: summary,
            ticket: services.desk.cache.ticket(), masterTicket: services.desk.masters?.ticket(),
            client: JobClient(connection.peer.network.bytes))
        if request.isNegotiated, recipe.format == .explicit(.avif), services.desk.isLate(order) {
            return answerInterim(insteadOf: order, call, route, bytes, on: connection)
        }
        wait(for: order, isInterim: false, call, route, bytes, on: connection)
    }

    private func wait(
        for order: RenditionOrder, isInterim: Bool, _ call: Call, _ route: Route,
        _ bytes: Span<UInt8>, on connection: Connection
    ) {
        let account = makeAccount(call, route, .miss, bytes, connection)
        let exchange = connection.handOver(call.head, bytes: bytes)
        let miss = Miss(
            services: services, order: order, exchange: exchange, account: account,
            variance: call.variance, isInterim: isInterim, expires: call.expires,
            attemptsLeft: 3)
        miss.join()
    }

    /// AVIF would be late: the next best now, for half a minute; AVIF is made when there is time,
    /// and then the same URL answers with it.
    private func answerInterim(
        insteadOf dear: RenditionOrder, _ call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        services.desk.makeLater(dear)
        var recipe = dear.recipe
        recipe.format = Negotiation.choose(
            for: call.head, in: bytes, enabled: policy.negotiated.contains(.webp) ? [.webp] : [])
        let key = RenditionKey(
            original: dear.key.original, recipe: recipe, pipeline: pipeline, limits: policy.limits)
        let isHit = cache.withEntry(key) { entry, storedHead, content in
            var lines = OutputBuffer()
            fieldSets.fields(for: call.head, in: bytes)
                .append(until: call.expires, lasting: .interim, to: &lines)
            lines.append(fieldLines(of: storedHead, entry.metadata))
            call.variance.append(to: &lines)
            CacheStatus.hit.append(to: &lines)
            let source = CachedSource(cache, key)
            connection.send(
                Response(
                    status: .ok, fields: lines.copy(),
                    content: .pieces([.content(source, 0..<content.byteCount)]),
                    account: makeAccount(call, route, .hit, bytes, connection)))
        }
        if isHit { return }
        let order = RenditionOrder(
            key: key, recipe: recipe, target: dear.target, original: dear.original,
            ticket: dear.ticket, masterTicket: dear.masterTicket, client: dear.client)
        wait(for: order, isInterim: true, call, route, bytes, on: connection)
    }

    func makeAccount(
        _ call: Call, _ route: Route, _ cache: CacheResult, _ bytes: Span<UInt8>,
        _ connection: Connection
    ) -> LoopAccount {
        let record = RequestRecord(
            requestID: RequestIdentity.make(),
            startedAtMicroseconds: UInt64(clamping: Clock.wallMicroseconds()),
            durationNanoseconds: 0, method: LoggedMethod(call.head.method), route: route,
            status: 0, byteCount: 0, cacheResult: cache)
        return LoopAccount(
            metrics: metrics, record: record,
            target: bytes.extracting(call.head.target.range).array, peer: connection.peer,
            startedAt: call.startedAt)
    }
}

/// One request that waits for a rendition.
struct Miss: Sendable {
    let services: EdgeServices
    let order: RenditionOrder
    let exchange: Exchange
    let account: LoopAccount
    let variance: Variance
    /// In place of a dearer format.
    let isInterim: Bool
    /// Of a signed URL, in Unix seconds; 0: never.
    let expires: Int64
    var attemptsLeft: Int

    func join() {
        // A crowd that waits for one rendition is answered by its loops side by side, and not by
        // the one thread that has it.
        let ticket = services.desk.board(order) { outcome, boarding in
            exchange.mailbox.post { loop in settle(outcome, boarding, on: loop) }
        }
        guard let ticket else { return }
        let flights = services.desk.flights
        exchange.whenAbandoned { flights.leave(ticket) }
    }

    private func settle(
        _ outcome: RenderDesk.Flights.Outcome, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        switch outcome {
        case .landed(.made(let made)): answer(with: made, boarding, on: loop)
        case .landed(.failed(let failure)): refuse(ProblemAnswer(failure), boarding, on: loop)
        case .abandoned:
            // Who led has gone; one of those who waited leads now.
            guard attemptsLeft > 0 else {
                return refuse(ProblemAnswer(RenditionFailure.abandoned), boarding, on: loop)
            }
            var next = self
            next.attemptsLeft -= 1
            next.join()
        }
    }

    private func refuse(
        _ answer: ProblemAnswer, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        let response = answer.response(
            instance: exchange.target,
            fieldLines: exchange.fields(among: services.fieldSets).problem,
            account: account.settled { $0.cacheResult = boarding.cacheResult })
        exchange.respond(response, on: loop)
    }

    private func answer(
        with made: MadeRendition, _ boarding: RenderDesk.Boarding, on loop: EventLoop
    ) {
        let head = exchange.head
        let headBytes = exchange.headBytes
        let decided = made.etag.withBytes { tag in
            DeliveryAnswer(
                to: head, in: headBytes.span, etag: tag, lastModified: made.lastModified,
                byteCount: made.content.count)
        }
        let count = made.content.count
        let source = MemorySource(made.content)
        switch decided {
        case .whole:
            respond(.ok, made, boarding, made.fieldLines, [.content(source, 0..<count)], loop)
        case .part(let range):
            var lines = OutputBuffer()
            lines.append(made.fieldLines)
            lines.appendContentRange(range, of: count)
            respond(
                .partialContent, made, boarding, lines.copy(), [.content(source, range)], loop)
        case .parts(let ranges):
            let plan = PartsPlan(ranges, of: count, fieldLines: made.fieldLines)
            respond(
                .partialContent, made, boarding, plan.fieldLines,
                plan.sendablePieces(from: source), loop)
        case .notModified: respond(.notModified, made, boarding, made.fieldLines, [], loop)
        case .preconditionFailed: refuse(.preconditionFailed, boarding, on: loop)
        case .unsatisfiable: refuse(.unsatisfiable(byteCount: count), boarding, on: loop)
        }
    }

    private func respond(
        _ status: Status, _ made: MadeRendition, _ boarding: RenderDesk.Boarding,
        _ fieldLines: [UInt8], _ pieces: [Response.Piece], _ loop: EventLoop
    ) {
        var lines = OutputBuffer()
        let delivery = exchange.fields(among: services.fieldSets)
        delivery.append(
            until: expires, lasting: isInterim ? .interim : .rendition, to: &lines)
        lines.append(fieldLines.span)
        variance.append(to: &lines)
        switch boarding {
        case .leads: CacheStatus.made(isStored: true).append(to: &lines)
        case .joined: CacheStatus.collapsed.append(to: &lines)
        case .late: CacheStatus.hit.append(to: &lines)
        }
        if boarding != .late { made.timing.append(to: &lines) }
        let account = account.settled {
            $0.cacheResult = boarding.cacheResult
            guard boarding != .late else { return }
            $0.queueMicroseconds = made.timing.queue
            $0.jobMicroseconds = made.timing.job
        }
        exchange.respond(
            Response(
                status: status, fields: lines.copy(), content: .pieces(pieces), account: account),
            on: loop)
    }
}

extension JobTiming {
    /// `Server-Timing`, in milliseconds.
    func append(to lines: inout OutputBuffer) {
        lines.append("Server-Timing: ")
        Self.append("queue", queue, to: &lines)
        lines.append(", ")
        Self.append("decode", decode, to: &lines)
        lines.append(", ")
        Self.append("resize", resize, to: &lines)
        lines.append(", ")
        Self.append("encode", encode, to: &lines)
        lines.append("\r\n")
    }

    private static func append(
        _ name: StaticString, _ microseconds: UInt32, to lines: inout OutputBuffer
    ) {
        lines.append(name)
        lines.append(";dur=")
        lines.append(decimal: UInt64(microseconds / 1000))
        lines.append(".")
        let fraction = UInt64(microseconds % 1000)
        if fraction < 100 { lines.append("0") }
        if fraction < 10 { lines.append("0") }
        lines.append(decimal: fraction)
    }
}
