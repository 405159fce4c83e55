internal import Digest
package import LinuxIO
package import Rendition

/// An upload on its way: written to a temporary file and hashed as it comes.
package struct OriginalWriter: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let file: TemporaryFile
    private var hasher = SHA256Hasher()
    package private(set) var byteCount = 0

    init(file: consuming TemporaryFile) throws(SystemError) {
        descriptor = try file.create()
        self.file = file
    }

    /// After an error the writer can only be dropped.
    package mutating func append(_ bytes: Span<UInt8>) throws(OriginalsError) {
        hasher.update(bytes)
        do { try unsafe Files.writeAll(descriptor, bytes.bytes) } catch {
            throw OriginalsError(writing: error)
        }
        byteCount += bytes.count
    }

    /// Nothing is durable yet.
    package consuming func finish() -> FinishedOriginal {
        FinishedOriginal(
            file: file, hash: ContentHash(hasher.finish()), byteCount: byteCount)
    }
}

/// An upload whose bytes are all there, and known by name. Dropped without a commit, it is gone.
/// It holds no descriptor: one form may have many of them waiting for its end.
package struct FinishedOriginal: ~Copyable, Sendable {
    let file: TemporaryFile
    package let hash: ContentHash
    package let byteCount: Int

    /// The bytes, read-only, for a worker to look at.
    package borrowing func openForReading() throws(OriginalsError) -> OwnedDescriptor {
        do { return try file.openForReading() } catch { throw OriginalsError(writing: error) }
    }
}

/// A file in `tmp`; its name is gone when this is, if not earlier.
struct TemporaryFile: ~Copyable, Sendable {
    let name: String
    private let root: DirectoryReference
    /// It is somebody else's to remove.
    private let isLeft: Bool

    init(in root: DirectoryReference, name: String, isLeft: Bool = false) {
        (self.name, self.root, self.isLeft) = (name, root, isLeft)
    }

    /// For writing. Fails where the name exists.
    borrowing func create() throws(SystemError) -> OwnedDescriptor {
        try root.directory.create(name)
    }

    borrowing func openForReading() throws(SystemError) -> OwnedDescriptor {
        try root.directory.open(name)
    }

    // After a commit the name is no longer there, which is what is wanted here; and what can
    // not be removed now is swept at the next start.
    deinit { if !isLeft { try? root.directory.remove(name) } }
}

/// One open directory that several owners use.
final class DirectoryReference: Sendable {
    let directory: Directory
    init(_ directory: consuming Directory) { self.directory = directory }
}
