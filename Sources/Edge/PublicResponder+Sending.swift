internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageAPI
internal import LinuxIO
internal import Permission
internal import Telemetry

/// What is said off the way of a hit, and what every route has to say.
extension PublicResponder {
    /// The fields every answer to it carries.
    @inline(__always)
    func fields(for call: borrowing Call) -> DeliveryFields {
        if call.route == .upload, Self.isUploadLink(call) { return .forEveryPage }
        return fieldSets.fields(for: call.head, in: call.bytes)
    }

    static func isUploadLink(_ call: borrowing Call) -> Bool {
        call.target.starts(with: "/uploads/")
    }

    /// Whether uploads are begun or go on there.
    private static func takesPieces(_ call: borrowing Call) -> Bool {
        PathShape.path("/images").matches(call.target) || isUploadLink(call)
    }

    /// Whether the client says that it goes on with uploads, as an answer has to say too then.
    private static func speaksOfPieces(_ call: borrowing Call) -> Bool {
        guard takesPieces(call) else { return false }
        var speaks = false
        call.head.forEachValue(ofField: "tus-resumable", in: call.bytes) { _ in speaks = true }
        return speaks
    }

    func makeAccount(_ call: borrowing Call, _ cache: CacheResult) -> LoopAccount {
        let record = RequestRecord(
            requestID: RequestIdentity.make(),
            startedAtMicroseconds: UInt64(clamping: Clock.wallMicroseconds()),
            durationNanoseconds: 0, method: LoggedMethod(call.head.method), route: call.route,
            status: 0, byteCount: 0, cacheResult: cache)
        return LoopAccount(
            metrics: metrics, record: record, target: call.target.array,
            peer: call.reply.peer, startedAt: call.startedAt)
    }

    /// A refusal.
    func send(_ answer: ProblemAnswer, to call: borrowing Call) {
        let fields = fields(for: call)
        var answer = answer
        if Self.speaksOfPieces(call) { answer.fieldLines += ImagesHandler.versionLine }
        call.reply.send(
            answer.response(
                instance: String(decoding: call.target.array, as: UTF8.self),
                fieldLines: call.route.isDelivery ? fields.problem : fields.indexProblem,
                account: makeAccount(call, .none)))
    }

    /// Out of the cache, by the request's conditions and ranges.
    func send(cached: Representation, to call: borrowing Call) {
        let content: Representation.Content
        do throws(ProblemAnswer) {
            content = try cached.content(for: call.head, in: call.bytes)
        } catch {
            return send(error, to: call)
        }
        send(cached: content, lasting: .rendition, to: call)
    }

    func send(
        cached content: Representation.Content, lasting lifetime: DeliveryFields.Lifetime,
        to call: borrowing Call
    ) {
        metrics.count(.cacheHits)
        call.reply.send(
            content.response(
                fields(for: call), until: call.expires, lasting: lifetime, call.variance, .hit,
                account: makeAccount(call, .hit)))
    }

    /// - Parameter refusal: by a quota.
    func refuse(_ refusal: Quotas.Refusal, _ call: borrowing Call) {
        metrics.count(refusal.counter)
        send(.overQuota(retryAfterSeconds: refusal.retryAfterSeconds), to: call)
    }

    // MARK: What every route has

    /// A method that the resource does not take, or `OPTIONS`.
    func answerOtherMethod(_ call: borrowing Call, _ allowed: MethodSet) {
        var allowed = allowed
        if call.route == .originals, !services.settings.servesOriginals {
            allowed.subtract(.read)
        }
        switch call.head.method {
        case .options: answerOptions(call, allowed)
        case .unknown: send(.methodUnknown, to: call)
        default: send(.methodNotAllowed(allowed), to: call)
        }
    }

    private func answerOptions(_ call: borrowing Call, _ allowed: MethodSet) {
        let preflight = Preflight(
            to: call.head, in: call.bytes, isDelivery: call.route.isDelivery, allowed: allowed,
            fields: fields(for: call))
        var lines = preflight.lines
        if Self.takesPieces(call) { lines += ImagesHandler.capabilities(services.images) }
        call.reply.send(
            Response(status: .noContent, fields: lines, account: makeAccount(call, .none)))
    }

    func answerUnknownPath(_ call: borrowing Call) {
        let method = call.head.method
        if method == .options, call.head.targetForm != .origin, call.head.target.range.count <= 1 {
            // Of the server itself (RFC 9110 §9.3.7).
            return answerOptions(call, .any)
        }
        if method == .unknown || method == .connect || method == .trace {
            return answerOtherMethod(call, [.read, .options])
        }
        send(.unknownPath, to: call)
    }
}
