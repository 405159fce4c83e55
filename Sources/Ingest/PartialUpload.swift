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
        /// It was given up, or its time is over.
        case removed
        /// More came than it was to have.
        case tooLong
        case storage(UploadError)
    }

    private struct State {
        /// Bytes in the file that count.
        var received: Int
        /// Of the bytes in the file, as long as nobody changes one: who sends the last of them once
        /// more does not have all of them read again. An earlier process's word is not taken: what
        /// it wrote may not have reached the disk.
        var hash: ContentHash?
        var turn: UInt64 = 0
        /// Open while somebody has the turn.
        var file: SharedDescriptor?
        /// All of it has come and is being looked at.
        var isClosing = false
        var isRemoved = false

        mutating func takeTurn() {
            turn += 1
            file = nil
        }
    }

    package let id: String
    /// As this process began or found it.
    package let record: PartialRecord
    private let folder: PartialFolder
    /// The bytes have gone, into an original.
    private let hasBeenKept: Atomic<Bool>
    // Held while a piece is written, by those who write to this one upload only, on threads that
    // may wait for the disk. So whoever looks at many uploads does without it.
    private let state: Mutex<State>

    init(_ id: String, _ record: PartialRecord, in folder: PartialFolder, received: Int?) {
        (self.id, self.record, self.folder) = (id, record, folder)
        hasBeenKept = Atomic(received == nil)
        var state = State(received: min(received ?? 0, record.byteCount))
        if received == nil { state.hash = record.hash }
        self.state = Mutex(state)
    }

    /// Waits for nobody.
    var isKept: Bool { hasBeenKept.load(ordering: .acquiring) }

    /// What was kept of it, if it was.
    package var kept: ContentHash? { isKept ? state.withLock { $0.hash } : nil }

    /// Where it goes on.
    private func offset(_ state: State) -> Int {
        isKept ? record.byteCount : min(state.received, record.byteCount - 1)
    }

    /// Where it goes on; whoever still sends has lost its turn.
    package func offset() throws(Failure) -> Int {
        try state.withLock { (state) throws(Failure) in
            guard !state.isRemoved else { throw .removed }
            guard !state.isClosing else { throw .busy }
            state.takeTurn()
            return offset(state)
        }
    }

    /// To write from there on.
    package func begin(at offset: Int) throws(Failure) -> UInt64 {
        try state.withLock { (state) throws(Failure) in
            guard !state.isRemoved else { throw .removed }
            guard !state.isClosing else { throw .busy }
            let next = self.offset(state)
            guard !isKept, offset == next else { throw .otherOffset(next) }
            state.takeTurn()
            do throws(OriginalsError) { state.file = try folder.openForWriting(id) } catch {
                throw .storage(UploadError(error))
            }
            state.received = offset
            return state.turn
        }
    }

    /// Blocks on the disk.
    package func append(_ bytes: [UInt8], turn: UInt64) throws(Failure) {
        try state.withLock { (state) throws(Failure) in
            guard !state.isRemoved else { throw .removed }
            guard state.turn == turn, let file = state.file else { throw .overtaken }
            guard bytes.count <= record.byteCount - state.received else { throw .tooLong }
            if state.hash == nil || !folder.holds(bytes, at: state.received, of: id) {
                state.hash = nil
                do throws(SystemError) {
                    try unsafe Files.write(file.rawValue, bytes.span.bytes, at: state.received)
                } catch { throw .storage(UploadError(error)) }
            }
            state.received += bytes.count
        }
    }

    /// Of a piece that has come whole, and wrong: it goes on where that began.
    package func takeBack(to offset: Int, turn: UInt64) throws(Failure) {
        try state.withLock { (state) throws(Failure) in
            guard !state.isRemoved else { throw .removed }
            guard state.turn == turn, let file = state.file else { throw .overtaken }
            (state.received, state.hash) = (offset, nil)
            // For the next process, which goes by the file.
            do throws(SystemError) {
                try Files.truncate(file.rawValue, byteCount: offset)
            } catch { throw .storage(UploadError(error)) }
        }
    }

    /// The end of a piece: where the next one begins. Nothing is flushed for that: a crash of the
    /// machine takes what had not reached the disk, and the client goes on from where that ends.
    package func end(turn: UInt64) throws(Failure) -> Int {
        try state.withLock { (state) throws(Failure) in
            guard !state.isRemoved else { throw .removed }
            guard state.turn == turn else { throw .overtaken }
            return offset(state)
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
            guard state.turn == turn, state.received == record.byteCount else { return false }
            state.isClosing = true
            state.file = nil
            return true
        }
    }

    /// After `close`. Reads all of it, unless it was read before.
    func finish() throws(UploadError) -> FinishedOriginal {
        do throws(OriginalsError) {
            let known = state.withLock { $0.hash }
            let finished = try folder.finish(id, knownAs: known)
            if known == nil { try note(finished.hash) }
            return finished
        } catch { throw UploadError(error) }
    }

    private func note(_ hash: ContentHash) throws(OriginalsError) {
        var record = record
        record.hash = hash
        try folder.replaceRecord(of: id, by: record.encoded)
        state.withLock { $0.hash = hash }
    }

    /// After `close`: it was not kept, and may be another time. `false`: its bytes have gone where
    /// originals are, though nothing names them there, and it can not go on.
    package func reopen() -> Bool {
        do throws(OriginalsError) {
            if try folder.byteCount(of: id) == nil { return false }
        } catch {
            // That is to be found out when it goes on.
        }
        state.withLock { $0.isClosing = false }
        return true
    }

    /// After `close`: it was kept.
    package func settle() {
        folder.removeContent(of: id)
        state.withLock {
            $0.isClosing = false
            hasBeenKept.store(true, ordering: .releasing)
        }
    }

    /// With what was said of it. `false`: it is being looked at.
    func remove(evenClosing: Bool) -> Bool {
        let isMine = state.withLock { state in
            guard evenClosing || !state.isClosing else { return false }
            state.isRemoved = true
            state.takeTurn()
            return true
        }
        if isMine { folder.remove(id) }
        return isMine
    }
}
