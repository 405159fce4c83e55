internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageAPI
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Permission
internal import Rendering
internal import Rendition
internal import Telemetry

extension PublicResponder {
    // MARK: Answers every route has

    /// A method that the route does not take, or `OPTIONS`.
    func answerOtherMethod(
        _ call: Call, _ route: Route, _ allowed: MethodSet, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        switch call.head.method {
        case .options: answerOptions(call, route, allowed, bytes, on: connection)
        case .unknown: send(.methodUnknown, to: call, route, bytes, on: connection)
        default: send(.methodNotAllowed(allowed), to: call, route, bytes, on: connection)
        }
    }

    private func answerOptions(
        _ call: Call, _ route: Route, _ allowed: MethodSet, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        let preflight = Preflight(
            to: call.head, in: bytes, isDelivery: route.isDelivery, allowed: allowed,
            fields: fieldSets.fields(for: call.head, in: bytes))
        let account = makeAccount(call, route, .none, bytes, connection)
        connection.send(
            Response(status: .noContent, fields: preflight.lines, account: account))
    }

    func answerUnknownPath(_ call: Call, _ bytes: Span<UInt8>, on connection: Connection) {
        let method = call.head.method
        if method == .options, call.head.targetForm != .origin, call.head.target.range.count <= 1 {
            // Of the server itself (RFC 9110 §9.3.7).
            return answerOptions(call, .other, .any, bytes, on: connection)
        }
        if method == .unknown || method == .connect || method == .trace {
            return answerOtherMethod(call, .other, .delivery, bytes, on: connection)
        }
        send(.unknownPath, to: call, .other, bytes, on: connection)
    }

    func answerOpenAPI(_ call: Call, _ bytes: Span<UInt8>, on connection: Connection) {
        guard call.isRead else {
            return answerOtherMethod(call, .other, .delivery, bytes, on: connection)
        }
        let account = makeAccount(call, .other, .none, bytes, connection)
        connection.send(
            OpenAPIDocument.respond(
                to: call.head, in: bytes, fields: fieldSets.fields(for: call.head, in: bytes),
                account: account))
    }

    func send(
        _ answer: ProblemAnswer, to call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        let account = makeAccount(call, route, .none, bytes, connection)
        let target = bytes.extracting(call.head.target.range)
        let instance = String(decoding: target.array, as: UTF8.self)
        let fields = fieldSets.fields(for: call.head, in: bytes)
        connection.send(
            answer.response(
                instance: instance,
                fieldLines: route.isDelivery ? fields.problem : fields.indexProblem,
                account: account))
    }

    /// For what was no request.
    func bareAccount(on connection: Connection) -> LoopAccount {
        let record = RequestRecord(
            requestID: RequestIdentity.make(),
            startedAtMicroseconds: UInt64(clamping: Clock.wallMicroseconds()),
            durationNanoseconds: 0, method: .other, route: .other, status: 0, byteCount: 0)
        return LoopAccount(
            metrics: metrics, record: record, target: [], peer: connection.peer,
            startedAt: context.loop.nowNanoseconds)
    }

    // MARK: Multipart ranges

    func sendParts(
        _ plan: PartsPlan, _ source: CachedSource, _ call: Call, _ route: Route,
        _ bytes: Span<UInt8>, on connection: Connection
    ) {
        beginHead(.partialContent, to: call, bytes)
        context.output.append(plan.fieldLines.span)
        finishHead(call, .hit, contentLength: plan.byteCount, connection)
        connection.transmit(status: .partialContent, segments: plan.segments(from: source))
        let sending = Sending(
            call, route: route, status: .partialContent, byteCount: plan.byteCount,
            cache: .hit)
        account(sending, bytes, on: connection)
    }

    // MARK: Quotas

    func refuse(
        _ refusal: Quotas.Refusal, _ call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        metrics.count(refusal.counter)
        let answer = ProblemAnswer.overQuota(retryAfterSeconds: refusal.retryAfterSeconds)
        send(answer, to: call, route, bytes, on: connection)
    }

    // MARK: What needs the disk or a worker

    /// Uploads and the index; a preflight needs neither.
    func answerImages(
        _ call: Call, _ allowed: MethodSet, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        guard allowed.allows(call.head.method), call.head.method != .options else {
            return answerOtherMethod(call, .images, allowed, bytes, on: connection)
        }
        handOver(call, bytes, on: connection)
    }

    /// Uploads and the index: handled off the loop.
    func handOver(_ call: Call, _ bytes: Span<UInt8>, on connection: Connection) {
        if call.head.expectation == .unsupported {
            let answer = ProblemAnswer(
                status: .expectationFailed, detail: "Only 100-continue can be expected.")
            return send(answer, to: call, .images, bytes, on: connection)
        }
        let isUpload = call.head.method == .post || call.head.method == .put
        if let refusal = services.quotas.admit(connection.peer) {
            return refuse(refusal, call, isUpload ? .upload : .images, bytes, on: connection)
        }
        let account = makeAccount(
            call, isUpload ? .upload : .images, .none, bytes, connection)
        let exchange = connection.handOver(call.head, bytes: bytes)
        let handler = ImagesHandler(services: services.images, exchange: exchange, account: account)
        let task = Task(executorPreference: services.blocking) { await handler.run() }
        exchange.whenAbandoned { task.cancel() }
    }
}
