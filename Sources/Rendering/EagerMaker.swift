internal import Coalescing
internal import Events
package import ImageIndex
package import LinuxIO
package import Rendition
internal import RenditionCache
internal import Synchronization
internal import Telemetry

/// Makes the eager presets of images that came in, in the background lane.
///
/// What is to be made is in the index, from the commit of the image on and until it is settled; in
/// memory are the few images in hand. After a restart it goes on where the index says.
package final class EagerMaker: Sendable {
    /// Images in hand: what they ask for is decoded once for each, one after the other.
    private static let maximumInHand = 4
    /// Renditions of one image that are asked for together.
    private static let maximumAtOnce = 16
    /// At renditions that fail by no fault of the picture.
    private static let maximumAttempts = 6
    /// For a rendition to come from its worker into the cache.
    private static let storingAttempts = 9

    private static let pause = Duration.seconds(10)

    private let desk: RenderDesk
    private let index: any ImageIndex
    private let policy: RenditionPolicy
    private let presets: [Preset]
    private let bell: Doorbell
    private let reader: Mutex<CacheReader>
    private let state = Mutex((inHand: Set<ContentHash>(), isStopping: false))
    private let ended = Semaphore()

    package init(
        desk: RenderDesk, index: any ImageIndex, policy: RenditionPolicy
    ) throws(SystemError) {
        (self.desk, self.index, self.policy) = (desk, index, policy)
        presets = policy.presets.filter(\.isEager)
        bell = index.makeDoorbell()
        reader = Mutex(desk.cache.makeReader())
        _ = try RunningThread(name: "eager") { [self] in
            run()
            ended.signal()
        }
    }

    /// Takes up nothing more. What is in hand is pending still, unless it gets done.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
        bell.ring()
    }

    package func waitUntilStopped(milliseconds: Int) { ended.wait(milliseconds: milliseconds) }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func run() {
        while true {
            let (inHand, isStopping) = state.withLock { $0 }
            if isStopping { return }
            let limit = inHand.count < Self.maximumInHand ? Self.maximumInHand : 0
            let pending = desk.finisher.blocking.wait { [index] in
                (try? await index.pending(limit: limit, besides: inHand)) ?? []
            }
            for image in pending {
                _ = state.withLock { $0.inHand.insert(image.hash) }
                Task(executorPreference: desk.finisher.blocking) { [self] in
                    // Where the index does not take it, there is no use in trying at once.
                    if await !make(image) {
                        await index.setAside(image.hash)
                        try? await Task.sleep(for: Self.pause)
                    }
                    _ = state.withLock { $0.inHand.remove(image.hash) }
                    bell.ring()
                }
            }
            // Rung by every commit of the index, and whenever something is done.
            if pending.isEmpty { bell.wait(milliseconds: 60_000) }
        }
    }

    // MARK: One image

    /// `false`: it is pending still.
    private func make(_ image: ImageDocument) async -> Bool {
        let hash = image.hash
        if image.status == .stored, await !advance(hash, to: .processing) { return false }
        var missing = desk.renditions(of: hash, in: presets, policy)
        var failure: (preset: ShortName, reason: RenditionFailure)?
        for attempt in 0...Self.maximumAttempts {
            missing.removeAll { contains($0.key) }
            guard !missing.isEmpty else {
                desk.metrics.count(.eagerReady)
                return await advance(hash, to: .ready)
            }
            if attempt == Self.maximumAttempts { break }
            if attempt > 0 {
                desk.metrics.count(.eagerRetried)
                try? await Task.sleep(for: .seconds(1 << (attempt - 1)))
            }
            // What is stopped is not the picture's failure.
            if isStopping { return false }
            switch try? await index.image(hash) {
            case .present: failure = await make(missing, of: image)
            case .deleted, .blocked, .unknown: return true
            case nil: return false
            }
            // Nor is it when the store is away.
            if failure?.reason == .originalAway { return false }
            if case .refused? = failure?.reason { break }
        }
        let (preset, reason) = failure ?? (missing[0].preset, .timedOut)
        if isStopping { return false }
        desk.metrics.count(.eagerFailed)
        let error = "preset \(preset): \(reason.detail)"
        return await advance(hash, to: .failed(preset: "\(preset)", error: error))
    }

    /// `false`: it could not be written down.
    private func advance(
        _ hash: ContentHash, to progress: ImageProgress
    ) async -> Bool {
        do throws(ImageIndexError) {
            try await index.advance(hash, to: progress)
            return true
        } catch { return false }
    }

    /// Makes them, some at a time, and waits until they are in the cache; the failure that counts
    /// most, if any.
    private func make(
        _ wanted: [WantedRendition], of image: ImageDocument
    ) async -> (preset: ShortName, reason: RenditionFailure)? {
        var failure: (preset: ShortName, reason: RenditionFailure)?
        for start in stride(from: 0, to: wanted.count, by: Self.maximumAtOnce) {
            let some = wanted[start..<min(start + Self.maximumAtOnce, wanted.count)]
            let orders = some.map { desk.backgroundOrder(for: $0, of: image) }
            for (one, outcome) in zip(some, await desk.makeInBackground(orders)) {
                guard case .failed(let reason) = outcome else { continue }
                failure = (one.preset, reason)
                if case .refused = reason { return failure }
            }
        }
        // They are answered with before they are in the cache.
        for attempt in 0..<Self.storingAttempts where failure == nil {
            if wanted.allSatisfy({ contains($0.key) }) { break }
            try? await Task.sleep(for: .milliseconds(5 << attempt))
        }
        return failure
    }

    private func contains(_ key: RenditionKey) -> Bool {
        reader.withLock { $0.withEntry(key) { _, _, _ in } }
    }
}
