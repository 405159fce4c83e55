internal import LinuxIO
package import Rendition
internal import Synchronization

/// Originals as files.
///
/// A file has its final name only when its bytes are durable, and an upload is acknowledged only
/// when that name is.
package final class LocalOriginals: Originals {
    private let folder: OriginalFolder
    /// Directories whose own names are known to be durable, `ab` and `ab/cd`.
    ///
    /// Finding a directory does not tell that: whoever made it, a moment or a crash ago, may not
    /// have synchronised its parent. So each process does so once for each. At most 65,792.
    private let durable = Mutex<Set<String>>([])

    /// Makes the directory where it is missing, and sweeps what uploads cut off by a crash left.
    package init(directory path: String) throws(OriginalsError) {
        folder = try OriginalFolder(at: path)
    }

    package func begin() throws(OriginalsError) -> OriginalWriter { try folder.begin() }

    package func openPartial() throws(OriginalsError) -> PartialFolder { try folder.openPartial() }

    package func commit(
        _ original: borrowing FinishedOriginal, as description: OriginalDescription
    ) throws(OriginalsError) {
        let place = OriginalPlace(original.hash)
        do {
            try Files.synchronize(original.file.openForReading())
            try folder.makeRoom(for: place)
            try folder.directory.rename(original.file.name, to: place.file)
            // Should one of these fail, the file stays: it may be one acknowledged before.
            try folder.directory.synchronize(place.inner)
            for (name, parent) in [(place.inner, place.outer), (place.outer, ".")]
            where !durable.withLock({ $0.contains(name) }) {
                try folder.directory.synchronize(parent)
                durable.withLock { _ = $0.insert(name) }
            }
        } catch { throw OriginalsError(writing: error) }
    }

    package func open(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        try folder.open(hash)
    }

    package func read(_ hash: ContentHash) throws(OriginalsError) -> OriginalReading {
        .stored(try folder.open(hash))
    }

    /// All are: what is missing is found missing when it is opened.
    package func hold(_ hash: ContentHash) -> OriginalHold? { OriginalHold {} }

    package func fetch(_ hash: ContentHash) throws(OriginalsError) -> OriginalHold {
        OriginalHold {}
    }

    package func openLocally(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        try folder.open(hash)
    }

    package func contains(_ hash: ContentHash) throws(OriginalsError) -> Bool {
        do { return try folder.directory.status(OriginalPlace(hash).file).isRegularFile } catch {
            if error.isNotFound { return false }
            throw OriginalsError(error)
        }
    }

    package func forget(_ hash: ContentHash) {}
    package func isSettled(_ hash: ContentHash) -> Bool { true }

    package func delete(_ hash: ContentHash, before end: Duration) throws(OriginalsError) {
        let place = OriginalPlace(hash)
        do { try folder.directory.remove(place.file) } catch {
            if error.isNotFound { return }
            throw OriginalsError(writing: error)
        }
        do { try folder.directory.synchronize(place.inner) } catch {
            throw OriginalsError(writing: error)
        }
    }

    package func forEachHash(_ body: (ContentHash) -> Bool) throws(OriginalsError) {
        do { try OriginalPlace.forEach(in: folder.directory) { place in body(place.hash) } } catch {
            throw OriginalsError(error)
        }
    }

    package var isElsewhere: Bool { false }
    package var trouble: String? { nil }
}
