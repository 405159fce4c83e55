package import Coalescing
package import LinuxIO
internal import Originals
package import Rendition
package import RenditionCache
internal import Synchronization
package import WorkerLink

/// One thing a worker is asked for, and who is told.
struct DeskJob: Sendable {
    enum Work: Sendable {
        case rendition(RenditionOrder, Landing)
        case probe(ProbeOrder, ProbeAnswer)
    }

    let work: Work
    /// What a rendition is made of: those of one source share its decoding.
    let source: JobInput?
    /// Monotonic nanoseconds.
    let offeredAt: UInt64
    let deadline: Duration
    /// It was with a worker that was killed or fell.
    let isRetry: Bool
    /// Keeps the original on this machine; `nil`: it is not needed, or may not be there.
    let hold: OriginalHold?

    /// Renditions of one source share its decoding. What has failed once runs alone: then it is
    /// known whose fault the next fall is.
    var group: JobInput? { isRetry ? nil : source }

    var client: JobClient {
        switch work {
        case .rendition(let order, _): order.client
        case .probe(let order, _): order.client
        }
    }

    var original: ContentHash {
        switch work {
        case .rendition(let order, _): order.key.original
        case .probe(let order, _): order.hash
        }
    }

    func fail(_ failure: RenditionFailure) {
        switch work {
        case .rendition(_, let landing): landing.land(.failed(failure))
        case .probe(_, let answer): answer.give(.failed(failure))
        }
    }
}

/// An original to be decoded whole and made a master of.
package struct ProbeOrder: Sendable {
    let hash: ContentHash
    /// The spooled upload; `nil`: the stored original.
    let file: SharedDescriptor?
    let byteCount: Int
    /// Of the masters; `nil` where none are kept.
    let ticket: PurgeTicket?
    /// Whose share of the workers it is done with.
    let client: JobClient

    package init(
        hash: ContentHash, file: SharedDescriptor?, byteCount: Int, ticket: PurgeTicket?,
        client: JobClient
    ) {
        (self.hash, self.file, self.byteCount) = (hash, file, byteCount)
        (self.ticket, self.client) = (ticket, client)
    }

    /// Decoded only.
    var withoutMaster: ProbeOrder {
        ProbeOrder(hash: hash, file: file, byteCount: byteCount, ticket: nil, client: client)
    }
}

/// What a worker found of an upload.
package enum ProbeOutcome: Sendable {
    case facts(ImageFacts)
    case refused(Refusal)
    case failed(RenditionFailure)
}

/// Requests for one rendition join whoever makes it.
package typealias RenditionFlights = SingleFlight<RenditionKey, RenditionOutcome>

/// The duty to end a flight, kept where several may try.
final class Landing: Sendable {
    private let permit: Mutex<RenditionFlights.Permit?>
    let flight: RenditionFlights.FlightID

    init(_ permit: consuming RenditionFlights.Permit) {
        flight = permit.id
        self.permit = Mutex(permit)
    }

    func land(_ outcome: RenditionOutcome, staysBoardable: Bool = false) {
        guard let permit = permit.withLock({ $0.take() }) else { return }
        permit.land(outcome, staysBoardable: staysBoardable)
    }
}

/// The one answer to a probe, given when all that it waits for is there.
final class ProbeAnswer: Sendable {
    private struct State {
        var continuation: CheckedContinuation<ProbeOutcome, Never>?
        var outcome: ProbeOutcome?
        var isKeepingMaster = false
        var job: UInt64?
        var isCancelled = false

        mutating func takeReady() -> (CheckedContinuation<ProbeOutcome, Never>, ProbeOutcome)? {
            guard !isKeepingMaster, let outcome, let continuation = continuation.take()
            else { return nil }
            return (continuation, outcome)
        }
    }

    private let state = Mutex(State())

    func await(_ continuation: CheckedContinuation<ProbeOutcome, Never>) {
        settle { $0.continuation = continuation }
    }

    /// Only the first outcome counts.
    func give(_ outcome: ProbeOutcome) { settle { $0.outcome = $0.outcome ?? outcome } }

    /// The answer waits until the master can be found.
    func beginKeepingMaster() { state.withLock { $0.isKeepingMaster = true } }
    func masterIsKept() { settle { $0.isKeepingMaster = false } }

    /// Says which job answers. `true`: it has been cancelled before.
    func setJob(_ number: UInt64) -> Bool {
        state.withLock { state in
            state.job = number
            return state.isCancelled
        }
    }

    /// The job to abandon.
    func cancel() -> UInt64? {
        state.withLock { state in
            state.isCancelled = true
            return state.job
        }
    }

    private func settle(_ change: (inout State) -> Void) {
        let ready = state.withLock { state in
            change(&state)
            return state.takeReady()
        }
        if let (continuation, outcome) = ready { continuation.resume(returning: outcome) }
    }
}

extension JobClient {
    /// Where neither token nor address is known.
    package init(_ picture: ContentHash) { self.init(picture.bytes.lowHalf) }
}
