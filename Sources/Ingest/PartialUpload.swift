internal import LinuxIO
internal import Originals
package import Rendition
internal import Synchronization

/// One upload that comes in pieces.
///
/// What holds: one writer at a time, and who comes later takes the turn, because a client that was
/// cut off asks again while the edge still waits for its first connection. What has come is never
/// all of it: the last byte counts only once the image is kept, so that who is told that all has
/// come can rely on it, and who is not has a byte to send.
package final class PartialUpload: Sendable {
    package enum Failure: Error, Equatable {
        /// It goes on elsewhere than there.
        case otherOffset(Int)
        /// Somebody else has the turn now.
        case overtaken
        /// All of it has come and is being looked at.
        case busy
        /// More came than it was to have.
        case tooLong
        case storage(UploadError)
    }

    private struct State {
        /// Bytes in the file that count.
        var received: Int
        var record: PartialRecord
        var turn: UInt64 = 0
        var file: SharedDescriptor?
        /// All of it has come and is being looked at.
        var isClosing = false
        /// The bytes have gone, into an original.
        var isKept = false
        var isRemoved = false

        /// Where it goes on.
        var offset: Int { isKept ? record.byteCount : min(received, record.byteCount - 1) }
    }

    package let id: String
    private let folder: PartialFolder
    // Held while a piece is written, by those who write to this one upload only, on threads that
    // may wait for the disk.
    private let state: Mutex<State>

    init(_ id: String, _ record: PartialRecord, in folder: PartialFolder, received: Int?) {
        (self.id, self.folder) = (id, folder)
        var state = State(received: min(received ?? 0, record.byteCount), record: record)
        state.isKept = received == nil
        self.state = Mutex(state)
    }

    package var record: PartialRecord { state.withLock { $0.record } }

    /// What was kept of it, if it was.
    package var kept: ContentHash? {
        state.withLock { $0.isKept ? $0.record.hash : nil }
    }

    /// Where it goes on; whoever still sends has lost its turn.
    package func offset() throws(Failure) -> Int {
        try state.withLock { (state) throws(Failure) in
            guard !state.isClosing else { throw .busy }
            state.turn += 1
            return state.offset
        }
    }

    /// To write from there on.
    package func begin(at offset: Int) throws(Failure) -> UInt64 {
        try state.withLock { (state) throws(Failure) in
            guard !state.isClosing, !state.isRemoved else { throw .busy }
            guard !state.isKept, offset == state.offset else { throw .otherOffset(state.offset) }
            if state.file == nil {
                do throws(OriginalsError) { state.file = try folder.openForWriting(id) } catch {
                    throw .storage(UploadError(error))
                }
            }
            state.received = offset
            state.turn += 1
            return state.turn
        }
    }

    /// Blocks on the disk.
    package func append(_ bytes: [UInt8], turn: UInt64) throws(Failure) {
        try state.withLock { (state) throws(Failure) in
            guard state.turn == turn, let file = state.file else { throw .overtaken }
            guard bytes.count <= state.record.byteCount - state.received else { throw .tooLong }
            do throws(SystemError) {
                try unsafe Files.write(file.rawValue, bytes.span.bytes, at: state.received)
            } catch {
                throw .storage(error.isStorageFull ? .storageFull : .storageFailing)
            }
            state.received += bytes.count
        }
    }

    /// The end of a piece: where the next one begins. Nothing is flushed for that: a crash of the
    /// machine takes what had not reached the disk, and the client goes on from where that ends.
    package func end(turn: UInt64) throws(Failure) -> Int {
        try state.withLock { (state) throws(Failure) in
            guard state.turn == turn else { throw .overtaken }
            return state.offset
        }
    }

    /// The writer is gone, however it ended; its file is closed if nobody else writes.
    package func leave(turn: UInt64) {
        state.withLock { if $0.turn == turn { $0.file = nil } }
    }

    /// Whether all has come with this turn: then nobody else may write, until it is kept, removed
    /// or opened again.
    package func close(turn: UInt64) -> Bool {
        state.withLock { state in
            guard state.turn == turn, state.received == state.record.byteCount else { return false }
            state.isClosing = true
            state.file = nil
            return true
        }
    }

    /// After `close`. Reads all of it.
    func finish() throws(UploadError) -> FinishedOriginal {
        do throws(OriginalsError) {
            let finished = try folder.finish(id)
            try note(finished.hash)
            return finished
        } catch { throw UploadError(error) }
    }

    private func note(_ hash: ContentHash) throws(OriginalsError) {
        var record = record
        record.hash = hash
        try folder.replaceRecord(of: id, by: record.encoded)
        state.withLock { [record] in $0.record = record }
    }

    /// After `close`: it was not kept, and may be another time.
    package func reopen() { state.withLock { $0.isClosing = false } }

    /// After `close`: it was kept.
    package func settle() {
        folder.removeContent(of: id)
        state.withLock { ($0.isClosing, $0.isKept) = (false, true) }
    }

    /// With what was said of it. `false`: it is being looked at.
    func remove(evenClosing: Bool) -> Bool {
        let isMine = state.withLock { state in
            guard evenClosing || !state.isClosing else { return false }
            state.isRemoved = true
            state.turn += 1
            state.file = nil
            return true
        }
        if isMine { folder.remove(id) }
        return isMine
    }
}
