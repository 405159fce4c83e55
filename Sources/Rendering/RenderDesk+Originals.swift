internal import LinuxIO
internal import Originals
internal import Rendition
internal import Synchronization
internal import Telemetry
internal import WorkerLink

/// Originals that lie in a store elsewhere are brought to this machine before a job is queued: no
/// worker waits for a network.
extension RenderDesk {
    /// Whether a rendition is made of a master that is here.
    func needsNoOriginal(_ source: JobInput, isRetry: Bool) -> Bool {
        guard source.masterOf != nil, !isRetry, let masters, let original = source.original
        else { return false }
        return masters.contains(original)
    }

    /// Calls one of the two, once: `go` at once where the original is at hand, else when it has
    /// come. Who has waited for as long as a job may take is told so; the original comes
    /// nonetheless.
    func bring(
        _ hash: ContentHash, go: @escaping @Sendable (OriginalHold) -> Void,
        orFail fail: @escaping @Sendable (RenditionFailure) -> Void
    ) {
        if let hold = originals.hold(hash) { return go(hold) }
        let turn = Turn()
        let timer = Task { [settings] in
            try? await Task.sleep(for: settings.jobTimeout)
            if turn.take() { fail(.timedOut) }
        }
        Task(executorPreference: finisher.blocking) { [self] in
            defer { timer.cancel() }
            do throws(OriginalsError) {
                let hold = try await originals.fetch(hash)
                if turn.take() { go(hold) }
            } catch {
                let failure = failure(error)
                if turn.take() { fail(failure) }
            }
        }
    }

    private func failure(_ error: OriginalsError) -> RenditionFailure {
        switch error {
        case .away: return .originalAway
        case .notFound, .damaged: metrics.count(.integrityOfOriginals)
        case .full, .inUse, .failed: break
        }
        return .originalUnreadable
    }
}

/// Whose first taker has it.
private final class Turn: Sendable {
    private let isTaken = Atomic(false)
    func take() -> Bool { !isTaken.exchange(true, ordering: .relaxed) }
}
