internal import LinuxIO
package import Rendition
internal import Synchronization

/// Originals as files: `<directory>/ab/cd/<hash>`, and `<directory>/tmp/<number>` on the way there.
///
/// A file has its final name only when its bytes are durable, and an upload is acknowledged only
/// when that name is. No part of a path comes from a client: names are made of hashes.
package final class LocalOriginals: Originals {
    private static let temporaryDirectory = "tmp"

    private let root: DirectoryReference
    private let nextNumber = Atomic<Int>(0)
    /// Directories whose own names are known to be durable, `ab` and `ab/cd`.
    ///
    /// Finding a directory does not tell that: whoever made it, a moment or a crash ago, may not
    /// have synchronised its parent. So each process does so once for each. At most 65,792.
    private let durable = Mutex<Set<String>>([])

    /// Makes the directory where it is missing, and sweeps what uploads cut off by a crash left.
    package init(directory path: String) throws(OriginalsError) {
        do { root = DirectoryReference(try Directory(at: path)) } catch {
            throw OriginalsError(writing: error)
        }
        let isOurs: Bool
        do { isOurs = try root.directory.lock() } catch { throw OriginalsError(writing: error) }
        guard isOurs else { throw .inUse }
        do { try sweep() } catch { throw OriginalsError(writing: error) }
    }

    private func sweep() throws(SystemError) {
        try root.directory.makeDirectory(Self.temporaryDirectory)
        for name in try root.directory.names(in: Self.temporaryDirectory) {
            try root.directory.remove("\(Self.temporaryDirectory)/\(name)")
        }
    }

    package func begin() throws(OriginalsError) -> OriginalWriter {
        let number = nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue
        do {
            let name = "\(Self.temporaryDirectory)/\(number)"
            return try OriginalWriter(file: TemporaryFile(in: root, name: name))
        } catch { throw OriginalsError(writing: error) }
    }

    package func commit(_ original: borrowing FinishedOriginal) throws(OriginalsError) {
        let place = OriginalPlace(original.hash)
        do {
            try Files.synchronize(original.file.openForReading())
            try root.directory.makeDirectory(place.outer)
            try root.directory.makeDirectory(place.inner)
            try root.directory.rename(original.file.name, to: place.file)
            // Should one of these fail, the file stays: it may be one acknowledged before.
            try root.directory.synchronize(place.inner)
            for (name, parent) in [(place.inner, place.outer), (place.outer, ".")]
            where !durable.withLock({ $0.contains(name) }) {
                try root.directory.synchronize(parent)
                durable.withLock { _ = $0.insert(name) }
            }
        } catch { throw OriginalsError(writing: error) }
    }

    package func open(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        try openLocally(hash)
    }

    package func openLocally(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        do {
            let descriptor = try root.directory.open(OriginalPlace(hash).file)
            let status = try FileStatus.of(descriptor)
            return StoredOriginal(
                descriptor: descriptor, byteCount: status.byteCount,
                modifiedSeconds: status.modifiedSeconds)
        } catch { throw OriginalsError(error) }
    }

    package func contains(_ hash: ContentHash) throws(OriginalsError) -> Bool {
        do { return try root.directory.status(OriginalPlace(hash).file).isRegularFile } catch {
            if error.isNotFound { return false }
            throw OriginalsError(error)
        }
    }

    @discardableResult
    package func delete(_ hash: ContentHash) throws(OriginalsError) -> Bool {
        let place = OriginalPlace(hash)
        do { try root.directory.remove(place.file) } catch {
            if error.isNotFound { return false }
            throw OriginalsError(writing: error)
        }
        do { try root.directory.synchronize(place.inner) } catch {
            throw OriginalsError(writing: error)
        }
        return true
    }

    package func forEachHash(_ body: (ContentHash) -> Bool) throws(OriginalsError) {
        do { try OriginalPlace.forEach(in: root.directory) { place in body(place.hash) } } catch {
            throw OriginalsError(error)
        }
    }
}
