internal import Configuration
internal import JSON
internal import LinuxIO
internal import ObjectStore
internal import Originals
internal import Rendition
internal import Synchronization
internal import Telemetry

extension BucketOriginals {
    /// What the configuration names; `nil`: originals are files.
    convenience init?(
        _ configuration: Configuration, _ observer: StoreObserver
    ) throws(StartError) {
        let settings = configuration.originals
        guard let bucket = settings.bucket else { return nil }
        let place = configuration.data + "/fetched"
        do {
            let client = try ObjectClient(bucket, settings.client, observe: observer.take)
            try self.init(
                client, directory: place, byteBudget: settings.localByteCount,
                observe: observer.take)
        } catch { throw .storage(directory: place, reason: "\(error)") }
        if bucket.isPlain { observer.warnOfPlain() }
    }
}

/// Counts and logs what happens between the edge and its store.
final class StoreObserver: Sendable {
    private let metrics: Metrics
    private let events: EventLog
    /// When a refusal was logged last: each request may have one.
    private let lastRefusal = Mutex<Duration?>(nil)

    private static let refusalPause = Duration.seconds(60)

    init(_ metrics: Metrics, _ events: EventLog) { (self.metrics, self.events) = (metrics, events) }

    func warnOfPlain() {
        events.log(.warning, "store-plain") { json in
            json.field(
                "reason", "originals.s3.endpoint is http: who is on the way reads originals")
        }
    }

    func take(_ event: ObjectEvent) {
        switch event {
        case .asked(let method, let outcome, let duration):
            metrics.count(method.counter)
            metrics.record(.store, duration)
            if let counter = outcome.counter { metrics.count(counter) }
            if outcome == .forbidden { logRefusal() }
        case .givenUp(let isAway):
            metrics.set(.storeGivenUp, isAway ? 1 : 0)
            events.log(isAway ? .error : .info, isAway ? "store-away" : "store-back") { _ in }
        case .damaged(let hash):
            metrics.count(.storeDamaged)
            events.log(.error, "store-damaged") { $0.field("hash", hash.hex) }
        case .absent(let hash):
            metrics.count(.storeAbsent)
            events.log(.error, "store-absent") { $0.field("hash", hash.hex) }
        }
    }

    private func logRefusal() {
        let now = Clock.monotonic()
        let isDue = lastRefusal.withLock { last in
            if let last, now - last < Self.refusalPause { return false }
            last = now
            return true
        }
        guard isDue else { return }
        events.log(.error, "store-forbids") { json in
            json.field("reason", "the store refuses: key, secret, rights, region or clock")
        }
    }
}

extension ObjectMethod {
    fileprivate var counter: Counter {
        switch self {
        case .get: .storeGets
        case .head: .storeHeads
        case .put: .storePuts
        case .delete: .storeDeletes
        }
    }
}

extension ObjectOutcome {
    fileprivate var counter: Counter? {
        switch self {
        case .answered: nil
        case .unreachable: .storeUnreachable
        case .unanswered: .storeUnanswered
        case .slow: .storeSlow
        case .broken: .storeBroken
        case .failing: .storeFailing
        case .forbidden: .storeForbidden
        case .unasked: .storeBusy
        }
    }
}
