internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendition
internal import Telemetry

extension MethodSet {
    static let delivery: MethodSet = [.get, .head, .options]
    static let original: MethodSet = [.get, .head, .put, .options]
    static let images: MethodSet = [.get, .head, .post, .options]
    static let image: MethodSet = [.get, .head, .patch, .delete, .options]
}

extension PublicResponder {
    // MARK: Answers every route has

    /// A method that the route does not take, `OPTIONS`, or one that nobody knows.
    func answerOtherMethod(
        _ call: Call, _ route: Route, _ allowed: MethodSet, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        switch call.head.method {
        case .options: answerOptions(call, route, allowed, bytes, on: connection)
        case .unknown:
            let answer = ProblemAnswer(
                status: .notImplemented, detail: "The method is not known here.")
            send(answer, to: call, route, bytes, on: connection)
        default: send(.methodNotAllowed(allowed), to: call, route, bytes, on: connection)
        }
    }

    /// Also a preflight (Fetch standard): what a page of another origin may send.
    private func answerOptions(
        _ call: Call, _ route: Route, _ allowed: MethodSet, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        var lines = OutputBuffer()
        lines.appendField("Allow", allowed)
        lines.appendField("Access-Control-Allow-Methods", allowed)
        lines.append(fieldSets.fields(for: call.head, in: bytes).options)
        let account = makeAccount(call, route, .none, bytes, connection)
        connection.send(Response(status: .noContent, fields: lines.copy(), account: account))
    }

    func answerUnknownPath(_ call: Call, _ bytes: Span<UInt8>, on connection: Connection) {
        if call.head.method == .options {
            return answerOptions(call, .other, .delivery, bytes, on: connection)
        }
        if call.head.method == .unknown {
            return answerOtherMethod(call, .other, .delivery, bytes, on: connection)
        }
        send(.unknownPath, to: call, .other, bytes, on: connection)
    }

    func send(
        _ answer: ProblemAnswer, to call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        let account = makeAccount(call, route, .none, bytes, connection)
        let target = bytes.extracting(call.head.target.range)
        let instance = String(decoding: target.array, as: UTF8.self)
        let fields = fieldSets.fields(for: call.head, in: bytes)
        connection.send(answer.response(instance: instance, fields: fields, account: account))
    }

    /// To the one spelling of the same recipe.
    func redirect(
        to target: [UInt8], _ call: Call, _ route: Route, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        var lines = OutputBuffer()
        lines.appendField("Location", target.span)
        lines.append(fieldSets.fields(for: call.head, in: bytes).common)
        let account = makeAccount(call, route, .none, bytes, connection)
        connection.send(
            Response(status: .permanentRedirect, fields: lines.copy(), account: account))
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
        _ isNegotiated: Bool, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        beginHead(.partialContent, to: call, bytes)
        context.output.append(plan.fieldLines.span)
        finishHead(isNegotiated: isNegotiated, .hit, contentLength: plan.byteCount, connection)
        connection.transmit(status: .partialContent, segments: plan.segments(from: source))
        let sending = Sending(
            call, route: route, status: .partialContent, byteCount: plan.byteCount,
            cache: .hit)
        account(sending, bytes, on: connection)
    }

    // MARK: Originals

    func answerOriginal(
        _ call: Call, _ hexOffset: Int, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        if call.head.method == .put { return handOver(call, bytes, on: connection) }
        guard call.isRead else {
            return answerOtherMethod(call, .originals, .original, bytes, on: connection)
        }
        let target = bytes.extracting(call.head.target.range)
        guard services.settings.servesOriginals else {
            return send(.unknownPath, to: call, .originals, bytes, on: connection)
        }
        guard let hash = ContentHash(hex: target.extracting(droppingFirst: hexOffset)) else {
            return send(.malformedHash, to: call, .originals, bytes, on: connection)
        }
        do {
            guard let summary = try index.summary(of: hash) else {
                return send(.unknownImage, to: call, .originals, bytes, on: connection)
            }
            switch summary.state {
            case .deleted: send(.deleted, to: call, .originals, bytes, on: connection)
            case .blocked: send(.blocked, to: call, .originals, bytes, on: connection)
            case .present:
                try sendOriginal(
                    call, hash, summary, services.originals.open(hash), bytes, on: connection)
            }
        } catch {
            send(.storageFailing, to: call, .originals, bytes, on: connection)
        }
    }

    private func sendOriginal(
        _ call: Call, _ hash: ContentHash, _ summary: ImageSummary,
        _ stored: consuming StoredOriginal, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        let count = stored.byteCount
        let lastModified = HTTPDate(secondsSince1970: summary.uploadedAtSeconds)
        let etag = Array("\"\(hash.hex)\"".utf8)
        var lines = OutputBuffer()
        summary.type.withBytes { lines.appendField("Content-Type", $0) }
        lines.appendField("ETag", etag.span)
        lines.appendField("Last-Modified", lastModified)
        lines.appendField("Repr-Digest", sha256: hash.bytes)
        DeliveryFields.appendKeys(of: hash, to: &lines)
        let answer = DeliveryAnswer(
            to: call.head, in: bytes, etag: etag.span, lastModified: lastModified,
            byteCount: count)
        let source = FileSource(SharedDescriptor(stored.takeDescriptor()))
        var status = Status.ok
        var pieces: [Response.Piece] = []
        switch answer {
        case .whole: pieces = [.content(source, 0..<count)]
        case .part(let range):
            status = .partialContent
            lines.appendContentRange(range, of: count)
            pieces = [.content(source, range)]
        case .parts(let ranges):
            status = .partialContent
            let plan = PartsPlan(ranges, of: count, fieldLines: lines.copy())
            lines.removeAll()
            lines.append(plan.fieldLines.span)
            pieces = plan.sendablePieces(from: source)
        case .notModified: status = .notModified
        case .preconditionFailed:
            return send(.preconditionFailed, to: call, .originals, bytes, on: connection)
        case .unsatisfiable:
            return send(
                .unsatisfiable(byteCount: count), to: call, .originals, bytes, on: connection)
        }
        lines.append(fieldSets.fields(for: call.head, in: bytes).common)
        let account = makeAccount(call, .originals, .none, bytes, connection)
        connection.send(
            Response(
                status: status, fields: lines.copy(), content: .pieces(pieces), account: account))
    }

    // MARK: What needs the disk or a worker

    /// Uploads and the index; a preflight needs neither.
    func answerImages(
        _ call: Call, _ allowed: MethodSet, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        guard call.head.method == .options else { return handOver(call, bytes, on: connection) }
        answerOptions(call, .images, allowed, bytes, on: connection)
    }

    /// Uploads and the index: handled off the loop.
    func handOver(_ call: Call, _ bytes: Span<UInt8>, on connection: Connection) {
        if call.head.expectation == .unsupported {
            let answer = ProblemAnswer(
                status: .expectationFailed, detail: "Only 100-continue can be expected.")
            return send(answer, to: call, .images, bytes, on: connection)
        }
        let isUpload = call.head.method == .post || call.head.method == .put
        let account = makeAccount(
            call, isUpload ? .upload : .images, .none, bytes, connection)
        let exchange = connection.handOver(call.head, bytes: bytes)
        let handler = ImagesHandler(services: services, exchange: exchange, account: account)
        let task = Task(executorPreference: services.blocking) { await handler.run() }
        exchange.whenAbandoned { task.cancel() }
    }
}
