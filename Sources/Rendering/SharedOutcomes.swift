internal import Synchronization

/// Tells of several outcomes when the last of them is there.
final class SharedOutcomes: Sendable {
    private let outcomes: Mutex<[RenditionOutcome?]>
    private let completion: @Sendable ([RenditionOutcome]) -> Void

    init(count: Int, completion: @escaping @Sendable ([RenditionOutcome]) -> Void) {
        precondition(count > 0)
        outcomes = Mutex([RenditionOutcome?](repeating: nil, count: count))
        self.completion = completion
    }

    func set(_ index: Int, _ outcome: RenditionOutcome) {
        let all = outcomes.withLock { outcomes -> [RenditionOutcome]? in
            outcomes[index] = outcome
            let known = outcomes.compactMap { $0 }
            return known.count == outcomes.count ? known : nil
        }
        if let all { completion(all) }
    }
}
