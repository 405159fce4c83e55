internal import LinuxIO
internal import Rendition
internal import Synchronization

/// A directory of originals: `<directory>/ab/cd/<hash>`, and `<directory>/tmp/<number>` or
/// `<directory>/partial/<name>` on the way there. One process has it for itself. No part of a path
/// comes from a client: names are made of hashes, or drawn by lot.
final class OriginalFolder: Sendable {
    private static let temporaryDirectory = "tmp"

    private let reference: DirectoryReference
    private let nextNumber = Atomic<Int>(0)

    /// Makes the directory where it is missing, and sweeps what uploads cut off by a crash left.
    init(at path: String) throws(OriginalsError) {
        do { reference = DirectoryReference(try Directory(at: path)) } catch {
            throw OriginalsError(writing: error)
        }
        let isOurs: Bool
        do { isOurs = try reference.directory.lock() } catch {
            throw OriginalsError(writing: error)
        }
        guard isOurs else { throw .inUse }
        do { try sweep() } catch { throw OriginalsError(writing: error) }
    }

    private func sweep() throws(SystemError) {
        try directory.makeDirectory(Self.temporaryDirectory)
        for name in try directory.names(in: Self.temporaryDirectory) {
            try directory.remove("\(Self.temporaryDirectory)/\(name)")
        }
    }

    var directory: Directory {
        _read { yield reference.directory }
    }

    func begin() throws(OriginalsError) -> OriginalWriter {
        let number = nextNumber.wrappingAdd(1, ordering: .relaxed).oldValue
        do {
            let name = "\(Self.temporaryDirectory)/\(number)"
            return try OriginalWriter(file: TemporaryFile(in: reference, name: name))
        } catch { throw OriginalsError(writing: error) }
    }

    func openPartial() throws(OriginalsError) -> PartialFolder {
        try PartialFolder(in: reference)
    }

    /// The directories that a name needs.
    func makeRoom(for place: OriginalPlace) throws(SystemError) {
        try directory.makeDirectory(place.outer)
        try directory.makeDirectory(place.inner)
    }

    func open(_ hash: ContentHash) throws(OriginalsError) -> StoredOriginal {
        do {
            let descriptor = try directory.open(OriginalPlace(hash).file)
            let status = try FileStatus.of(descriptor)
            return StoredOriginal(
                descriptor: descriptor, byteCount: status.byteCount,
                modifiedSeconds: status.modifiedSeconds)
        } catch { throw OriginalsError(error) }
    }
}
