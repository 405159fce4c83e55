internal import Coding
package import LinuxIO
package import Originals
internal import Synchronization
internal import Text

/// Uploads that come in pieces, and what may be kept of them: each ends, there are so many at once
/// of so many bytes in all, and one client has a quarter of either at most. They outlive the
/// process, and lie on this edge alone.
package final class PartialUploads: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Begun and not ended; of those that were kept the latest so many are remembered besides.
        package var count = 1000
        /// That they say they will have.
        package var byteCount = 16 << 30
        /// Until one ends, whatever has come of it.
        package var seconds = 86_400

        package init() {}
    }

    package enum Refusal: Error, Equatable {
        /// One client has its share.
        case clientIsFull
        /// There is room for no more of anybody's.
        case full
        case storage(UploadError)
    }

    /// Seconds between two looks for what has ended; less where less is kept.
    private static let pause = 60

    private struct State {
        var uploads: [UTF8String: PartialUpload] = [:]
        var isSwept = false
    }

    private let folder: PartialFolder
    private let pool: BlockingPool
    private let state = Mutex(State())

    /// Finds what an earlier process left.
    package init(_ folder: PartialFolder, on pool: BlockingPool) throws(OriginalsError) {
        (self.folder, self.pool) = (folder, pool)
        var found: [UTF8String: PartialUpload] = [:]
        for (id, text) in try folder.records() {
            let received = try folder.byteCount(of: id)
            guard let record = PartialRecord(encoded: text), received != nil || record.hash != nil
            else {
                folder.remove(id)
                continue
            }
            found[UTF8String(id)] = PartialUpload(id, record, in: folder, received: received)
        }
        let uploads = found
        state.withLock { $0.uploads = uploads }
        if !uploads.isEmpty { sweepRegularly(everySeconds: Self.pause) }
    }

    /// - Parameter record: without an end, which is by `limits`.
    package func begin(
        _ record: PartialRecord, within limits: Limits
    ) throws(Refusal) -> PartialUpload {
        var record = record
        let now = Clock.wallSeconds()
        record.expires = now + Int64(limits.seconds)
        sweep(now: now, remembering: limits.count)
        let id = Hex.random(byteCount: 16)
        let upload = PartialUpload(id, record, in: folder, received: 0)
        try state.withLock { (state) throws(Refusal) in
            try Self.admit(record, beside: state.uploads.values, limits)
            state.uploads[UTF8String(id)] = upload
        }
        do throws(OriginalsError) { try folder.begin(id, record: record.encoded) } catch {
            state.withLock { _ = $0.uploads.removeValue(forKey: UTF8String(id)) }
            throw .storage(UploadError(error))
        }
        sweepRegularly(everySeconds: min(Self.pause, limits.seconds))
        return upload
    }

    /// O(uploads): a thousand, once for each that begins.
    private static func admit(
        _ record: PartialRecord, beside others: some Sequence<PartialUpload>, _ limits: Limits
    ) throws(Refusal) {
        var (count, byteCount, ownCount, ownByteCount) = (1, record.byteCount, 1, record.byteCount)
        for other in others where !other.isKept {
            count += 1
            byteCount += other.record.byteCount
            guard other.record.client == record.client else { continue }
            ownCount += 1
            ownByteCount += other.record.byteCount
        }
        // One may be as large as all.
        let isFirst = ownByteCount == record.byteCount
        guard ownCount <= max(1, limits.count / 4), isFirst || ownByteCount <= limits.byteCount / 4
        else { throw .clientIsFull }
        guard count <= limits.count, byteCount <= limits.byteCount else { throw .full }
    }

    /// `nil`: there is none, or it has ended.
    package func find(_ id: String) -> PartialUpload? {
        guard let upload = state.withLock({ $0.uploads[UTF8String(id)] }) else { return nil }
        return upload.record.expires > Clock.wallSeconds() ? upload : nil
    }

    /// `false`: it is being looked at.
    package func remove(_ upload: PartialUpload) -> Bool {
        remove(upload, evenClosing: false)
    }

    /// By who looks at it.
    package func giveUp(_ upload: PartialUpload) { _ = remove(upload, evenClosing: true) }

    private func remove(_ upload: PartialUpload, evenClosing: Bool) -> Bool {
        guard upload.remove(evenClosing: evenClosing) else { return false }
        state.withLock { _ = $0.uploads.removeValue(forKey: UTF8String(upload.id)) }
        return true
    }

    /// - Parameter count: of those that were kept, the ones begun first go.
    private func sweep(now: Int64, remembering count: Int) {
        let uploads = state.withLock { Array($0.uploads.values) }
        for upload in uploads where upload.record.expires <= now { _ = remove(upload) }
        var kept = uploads.filter(\.isKept)
        guard kept.count > count else { return }
        kept.sort { $0.record.expires < $1.record.expires }
        for upload in kept.dropLast(count) { _ = remove(upload) }
    }

    /// As long as there are any.
    private func sweepRegularly(everySeconds pause: Int) {
        let isFirst = state.withLock { state in
            defer { state.isSwept = true }
            return !state.isSwept
        }
        guard isFirst else { return }
        Task(executorPreference: pool) { [weak self] in
            repeat {
                try? await Task.sleep(for: .seconds(pause))
            } while self?.goOnSweeping() == true
        }
    }

    private func goOnSweeping() -> Bool {
        sweep(now: Clock.wallSeconds(), remembering: .max)
        return state.withLock { state in
            state.isSwept = !state.uploads.isEmpty
            return state.isSwept
        }
    }
}
