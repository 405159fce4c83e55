package import LinuxIO
internal import Synchronization

/// An original on its way from the store to this machine. One for all who want the same.
///
/// What has come may be read before all is there, but for the last byte of whatever is read: that
/// is given only when the whole has been found to be what its name says. So who gets all of a part
/// that was promised has the right bytes, and where they are wrong its end never comes.
package final class Arrival: Sendable {
    typealias Outcome = Result<OriginalHold, OriginalsError>

    private struct State {
        var file: SharedDescriptor?
        var byteCount = 0
        /// It began anew: what was read of it before may have been other bytes.
        var hasBegunAnew = false
        var outcome: Outcome?
        /// Deleted meanwhile: it is not to stay.
        var isUnwanted = false
        var waiters: [CheckedContinuation<Outcome, Never>] = []
        var starters: [CheckedContinuation<Void, Never>] = []
        /// One for each reader.
        var watchers: [ObjectIdentifier: Watcher] = [:]

        mutating func takeStarters() -> [CheckedContinuation<Void, Never>] {
            defer { starters = [] }
            return starters
        }

        /// Those for whom there is something.
        mutating func takeWatchers() -> [Watcher] {
            let taken = watchers.filter { !isNotYet($1.range) }
            for reader in taken.keys { watchers[reader] = nil }
            return Array(taken.values)
        }

        func isNotYet(_ range: Range<Int>) -> Bool {
            outcome == nil && !hasBegunAnew && sendableEnd(of: range) <= range.lowerBound
        }

        /// Of a part of what is still coming: all that is here, but for its last byte.
        func sendableEnd(of range: Range<Int>) -> Int { min(byteCount, range.upperBound - 1) }
    }

    private struct Watcher {
        let range: Range<Int>
        let action: @Sendable () -> Void
    }

    private let state = Mutex(State())

    // MARK: Who brings it

    /// Where it is written to.
    func begin(_ file: SharedDescriptor) { state.withLock { $0.file = file } }

    func has(_ byteCount: Int) {
        let (starters, watchers) = state.withLock { state in
            if byteCount < state.byteCount { state.hasBegunAnew = true }
            state.byteCount = byteCount
            return (state.takeStarters(), state.takeWatchers())
        }
        for starter in starters { starter.resume() }
        for watcher in watchers { watcher.action() }
    }

    /// Whether it may stay.
    func end(_ outcome: Outcome) -> Bool {
        let (waiters, starters, watchers, isWanted) = state.withLock { state in
            state.outcome = outcome
            defer { state.waiters = [] }
            return (
                state.waiters, state.takeStarters(), state.takeWatchers(), !state.isUnwanted
            )
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
        for starter in starters { starter.resume() }
        for watcher in watchers { watcher.action() }
        return isWanted
    }

    func forget() { state.withLock { $0.isUnwanted = true } }

    // MARK: Who waits for it

    /// When all is there, or will not be.
    func ended() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiters.append(continuation) }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    /// When the first of it is there; its end, if that has come too.
    func begun() async -> Outcome? {
        await withCheckedContinuation { continuation in
            let hasBegun = state.withLock { state in
                if state.outcome != nil || state.byteCount > 0 { return true }
                state.starters.append(continuation)
                return false
            }
            if hasBegun { continuation.resume() }
        }
        return state.withLock { $0.outcome }
    }

    // MARK: Who reads it

    package enum Part: Sendable {
        /// So many bytes of the file from the start of what is wanted.
        case here(SharedDescriptor, byteCount: Int)
        case notYet
        /// It will not come.
        case never
    }

    /// What there is of a part, which is not empty.
    package func part(_ range: Range<Int>) -> Part {
        state.withLock { state in
            switch state.outcome {
            case .failure: return .never
            case _ where state.hasBegunAnew: return .never
            case .success:
                guard let file = state.file else { return .never }
                return .here(file, byteCount: range.count)
            case nil:
                guard let file = state.file, !state.isNotYet(range) else { return .notYet }
                let end = state.sendableEnd(of: range)
                return .here(file, byteCount: end - range.lowerBound)
            }
        }
    }

    /// Calls `action` once: when `part` says another thing of `range` than `notYet`. It takes the
    /// place of what the same reader waited for before.
    package func whenMore(
        of range: Range<Int>, for reader: AnyObject, _ action: @escaping @Sendable () -> Void
    ) {
        let waits = state.withLock { state in
            let waits = state.isNotYet(range)
            let watcher = waits ? Watcher(range: range, action: action) : nil
            state.watchers[ObjectIdentifier(reader)] = watcher
            return waits
        }
        if !waits { action() }
    }

    /// Whoever waited does so no longer.
    package func leave(_ reader: AnyObject) {
        state.withLock { _ = $0.watchers.removeValue(forKey: ObjectIdentifier(reader)) }
    }

    /// How many wait for more.
    var watcherCount: Int { state.withLock { $0.watchers.count } }
}
