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
    var index: SummaryReader
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

    init(services: EdgeServices, context: LoopContext) throws(ImageIndexError) {
        self.services = services
        self.context = context
        metrics = services.desk.metrics.loops[context.index]
        cache = services.desk.cache.makeReader()
        index = try services.index.makeSummaryReader()
        fieldSets = services.fieldSets
        commonFieldLines = fieldSets.usual.common
        policy = services.settings.policy
        gate = services.settings.gate
        takesHints = services.settings.takesClientHints
        pipeline = services.desk.pipeline
        requests = RequestMemo(policy: policy, pipeline: pipeline)
        logsAccess = services.settings.logsAccess
        limitsDelivery = services.quotas.limitsDelivery
    }

    /// - Precondition: the index can be read; it has been opened.
    package static func make(services: EdgeServices, context: LoopContext) -> any Responder {
        do throws(ImageIndexError) {
            return try PublicResponder(services: services, context: context)
        } catch {
            preconditionFailure("no reader of the index: \(error)")
        }
    }

    package func respond(to head: RequestHead, bytes: Span<UInt8>, on connection: Connection) {
        let target = bytes.extracting(head.target.range)
        var call = Call(head: head, startedAt: context.loop.nowNanoseconds)
        var path = PublicPath(target)
        if case .unknown = path, let plain = PublicPath(plain: target) { path = plain }
        if limitsDelivery, refusesDelivery(call, path, bytes, on: connection) { return }
        switch path {
        case .rendition(let route): deliver(&call, route, bytes, on: connection)
        case .original(let hex): answerOriginal(call, hex, bytes, on: connection)
        case .images: answerImages(call, .images, bytes, on: connection)
        case .image: answerImages(call, .image, bytes, on: connection)
        case .similar: answerImages(call, .delivery, bytes, on: connection)
        case .openAPI: answerOpenAPI(call, bytes, on: connection)
        case .unknown: answerUnknownPath(call, bytes, on: connection)
        }
    }

    private func refusesDelivery(
        _ call: Call, _ path: PublicPath, _ bytes: Span<UInt8>, on connection: Connection
    ) -> Bool {
        guard call.isRead, let route = path.deliveryRoute,
            let refusal = services.quotas.admitDelivery(to: connection.peer)
        else { return false }
        refuse(refusal, call, route, bytes, on: connection)
        return true
    }

    /// Lets go of generations of the cache that were evicted while nobody asked.
    package func tick() { cache.refresh() }

    package func refuse(_ error: HTTPError, on connection: Connection) {
        let answer = ProblemAnswer(status: error.status, detail: "\(error.reason)")
        connection.send(
            answer.response(
                fieldLines: fieldSets.usual.indexProblem, account: bareAccount(on: connection)))
    }

    package func refuseSlowHead(on connection: Connection) {
        let answer = ProblemAnswer(
            status: .requestTimeout, detail: "The request head did not arrive in time.")
        connection.send(
            answer.response(
                fieldLines: fieldSets.usual.indexProblem, account: bareAccount(on: connection)))
    }
}

/// One request while it is answered on the loop.
struct Call {
    let head: RequestHead
    /// Monotonic nanoseconds.
    let startedAt: UInt64
    /// When a signed URL ends, in Unix seconds; 0: never.
    private(set) var expires: Int64 = 0
    private(set) var variance: Variance = []
    var isRead: Bool { head.method == .get || head.method == .head }

    init(head: RequestHead, startedAt: UInt64) { (self.head, self.startedAt) = (head, startedAt) }

    /// What a seal and a rendition's URL say of the answer.
    @inline(__always)
    mutating func learn(of request: RenditionRequest, _ seal: URLSeal?, hints: Bool) {
        learn(of: seal)
        if request.isNegotiated { variance = .accept }
        if hints, ClientHints.concern(request.recipe) { variance.insert(.hints) }
    }

    mutating func learn(of seal: URLSeal?) { expires = seal?.expires ?? 0 }
}

/// What a public target asks for, by its first segments.
enum PublicPath {
    case rendition(Route)
    /// Where the hash begins in the target.
    case original(Int)
    case images
    case image
    case similar
    case openAPI
    case unknown

    var deliveryRoute: Route? {
        switch self {
        case .rendition(let route): route
        case .original: .originals
        case .images, .image, .similar, .openAPI, .unknown: nil
        }
    }

    @inline(__always)
    init(_ target: Span<UInt8>) {
        if target.starts(with: "/thumbs/") {
            self = .rendition(.thumbs)
        } else if target.starts(with: "/optimized/") {
            self = .rendition(.optimized)
        } else if target.starts(with: "/originals/") {
            self = .original(11)
        } else if target.starts(with: "/images/") {
            self = target.hasEnding("/similar") ? .similar : .image
        } else if target.starts(with: "/images"),
            target.count == 7 || target[7] == UInt8(ascii: "?")
        {
            self = .images
        } else if target.count == 13, target.starts(with: "/openapi.json") {
            self = .openAPI
        } else {
            self = .unknown
        }
    }
}

extension PublicPath {
    /// Of a delivery with escapes in its first segment, which a middle may undo.
    @inline(never)
    init?(plain target: Span<UInt8>) {
        guard target.indices.contains(where: { target[$0] == UInt8(ascii: "%") }),
            let normal = try? NormalTarget(target)
        else { return nil }
        self.init(normal.bare.span)
        guard deliveryRoute != nil else { return nil }
    }
}

extension Span<UInt8> {
    /// Of the path, before any query.
    func hasEnding(_ ending: StaticString) -> Bool {
        let length = ending.utf8CodeUnitCount
        let end = indices.first { self[$0] == UInt8(ascii: "?") } ?? count
        return end >= length
            && extracting(end - length..<end).starts(with: ending)
    }
}
