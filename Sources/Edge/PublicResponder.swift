internal import Answers
package import HTTP
package import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Permission
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

/// Answers the public listener's requests on one loop.
///
/// What is in the cache, every condition and every error is answered at once, on the loop. What
/// needs a worker or the disk is handed over as an exchange, and comes back by the loop's mailbox.
package final class PublicResponder: Responder {
    let services: EdgeServices
    let context: LoopContext
    let metrics: LoopMetrics
    let cache: CacheReader
    let index: any ImageSummaries
    let fieldSets: FieldSets
    /// Where they depend on nothing: at hand for a hit.
    let commonFieldLines: [UInt8]
    let policy: RenditionPolicy
    let gate: URLGate?
    let takesHints: Bool
    let pipeline: PipelineVersion
    let requests: RequestMemo
    let logsAccess: Bool
    private let limitsDelivery: Bool
    /// `nil`: what is here is served, however long nobody could be asked.
    private let maximumStaleness: Duration?
    private let routes = PublicRoutes.table

    init(services: EdgeServices, context: LoopContext) throws(ImageIndexError) {
        self.services = services
        self.context = context
        metrics = services.desk.metrics.loops[context.index]
        cache = services.desk.cache.makeReader()
        index = try services.index.makeSummaries()
        fieldSets = services.fieldSets
        commonFieldLines = fieldSets.usual.common
        policy = services.settings.policy
        gate = services.settings.gate
        takesHints = services.settings.takesClientHints
        pipeline = services.desk.pipeline
        requests = RequestMemo(policy: policy, pipeline: pipeline)
        logsAccess = services.settings.logsAccess
        limitsDelivery = services.quotas.limitsDelivery
        maximumStaleness = services.settings.maximumStaleness
    }

    /// - Precondition: the index can be read; it has been opened.
    package static func make(services: EdgeServices, context: LoopContext) -> any Responder {
        do throws(ImageIndexError) {
            return try PublicResponder(services: services, context: context)
        } catch {
            preconditionFailure("no reader of the index: \(error)")
        }
    }

    package func respond(to head: RequestHead, bytes: Span<UInt8>, with reply: Reply) {
        var call = Call(head, bytes, with: reply, startedAt: context.loop.nowNanoseconds)
        guard let place = place(of: call.target) else { return answerUnknownPath(call) }
        call.route = routes[place].label
        guard let number = action(at: place, for: head.method) else {
            return answerOtherMethod(call, routes[place].allowed)
        }
        if let label = routes[place].actions[number].label { call.route = label }
        if limitsDelivery, call.route.isDelivery,
            let refusal = services.quotas.admitDelivery(to: reply.peer)
        {
            return refuse(refusal, call)
        }
        if let maximumStaleness, call.route.isDelivery, isStale(beyond: maximumStaleness) {
            return send(.indexAway, to: call)
        }
        switch routes[place].actions[number].handler {
        case .loop(let answer): answer(self, &call)
        case .images(let scope, let answer):
            handOver(call, answer, scope, at: routes[place].shape)
        }
    }

    /// Whether what was deleted elsewhere may have been unknown here for longer than that.
    @inline(never)
    private func isStale(beyond maximum: Duration) -> Bool {
        services.index.staleness.map { $0 > maximum } ?? true
    }

    /// In the table.
    @inline(__always)
    private func place(of target: Span<UInt8>) -> Int? {
        for place in routes.indices where routes[place].shape.matches(target) { return place }
        return placeOfEscaped(target)
    }

    /// Its number. Nothing of the table is copied on the way of a hit.
    @inline(__always)
    private func action(at place: Int, for method: Method) -> Int? {
        for number in routes[place].actions.indices
        where routes[place].actions[number].methods.allows(method) { return number }
        return nil
    }

    /// Of a delivery with escapes in its first segment, which a middle may undo.
    @inline(never)
    private func placeOfEscaped(_ target: Span<UInt8>) -> Int? {
        guard target.indices.contains(where: { target[$0] == UInt8(ascii: "%") }),
            let normal = try? NormalTarget(target)
        else { return nil }
        let bare = normal.bare
        return routes.firstIndex { $0.label.isDelivery && $0.shape.matches(bare.span) }
    }

    /// Lets go of generations of the cache that were evicted while nobody asked.
    package func tick() { cache.refresh() }

    package func refuse(_ error: HTTPError, with reply: Reply) {
        send(ProblemAnswer(status: error.status, detail: "\(error.reason)"), with: reply)
    }

    package func refuseSlowHead(with reply: Reply) {
        send(
            ProblemAnswer(
                status: .requestTimeout, detail: "The request head did not arrive in time."),
            with: reply)
    }

    /// For what was no request.
    private func send(_ answer: ProblemAnswer, with reply: Reply) {
        let record = RequestRecord(
            requestID: RequestIdentity.make(),
            startedAtMicroseconds: UInt64(clamping: Clock.wallMicroseconds()),
            durationNanoseconds: 0, method: .other, route: .other, status: 0, byteCount: 0)
        let account = LoopAccount(
            metrics: metrics, record: record, target: [], peer: reply.peer,
            startedAt: context.loop.nowNanoseconds)
        reply.send(
            answer.response(fieldLines: fieldSets.usual.indexProblem, account: account))
    }
}
