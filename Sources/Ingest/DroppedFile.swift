internal import LinuxIO
internal import Text

/// One file of the drop folder on its way into the house.
///
/// It is moved only after the index has committed (or the refusal is written down), by one rename.
/// Killed before, it lies where it lay, is taken again, and is known by its hash; killed after, it
/// is in its place. So there is nothing to be made durable here.
struct DroppedFile: Sendable {
    enum Fate: Equatable, Sendable {
        case created, known
        case failed(reason: String, detail: String)
        /// Somebody has it open for writing, or wrote to it while it was read: closing it tells.
        case beingWritten
        /// Moved away, or replaced by what is no regular file.
        case gone
        /// Not its own fault: it stays for another time.
        case deferred(reason: String)
    }

    private static let pieceByteCount = 256 << 10
    /// Files of one name that `done` and `failed` keep beside each other.
    private static let maximumNumber = 9999

    let root: DropFolder.Root
    let path: UTF8String

    func take(by ingest: Ingest, _ upload: Ingest.Upload) async -> Fate {
        let (file, stamp): (SharedDescriptor, FileStamp)
        do throws(SystemError) {
            let opened = try open()
            guard opened.status.isRegularFile else { return .gone }
            (file, stamp) = (opened.file, opened.status.stamp)
        } catch {
            if error.isNotFound || error.isSymbolicLink { return .gone }
            if error.isDenied { return refuseUnread(error) }
            return .deferred(reason: "\(error)")
        }
        if Files.hasWriter(file) == true { return .beingWritten }
        var upload = upload
        upload.name = DropTree.split(path).name
        return settle(await ingested(file, stamp, by: ingest, upload), stamp)
    }

    private func open() throws(SystemError) -> (file: SharedDescriptor, status: FileStatus) {
        let (parentPath, name) = DropTree.split(path)
        let parent = try root.directory.directory(parentPath.string)
        let file = SharedDescriptor(try parent.openAnything(name.string))
        return (file, try FileStatus.of(file))
    }

    private func ingested(
        _ file: SharedDescriptor, _ stamp: FileStamp, by ingest: Ingest, _ upload: Ingest.Upload
    ) async -> Fate {
        var offset = 0
        do throws(UploadError) {
            let outcome = try await ingest.take(upload) {
                let piece = try Files.read(
                    file.rawValue, offset: offset, byteCount: Self.pieceByteCount)
                offset += piece.count
                if !piece.isEmpty { return piece }
                // What changed meanwhile is not what is in the file now.
                guard try FileStatus.of(file).stamp == stamp else { throw Changed() }
                return nil
            }
            if case .created = outcome { return .created }
            return .known
        } catch {
            if error == .interrupted { return .beingWritten }
            guard !error.isPassing else { return .deferred(reason: error.word) }
            return .failed(reason: error.word, detail: error.detail)
        }
    }

    private struct Changed: Error {}

    /// A file that may not be read is refused without its bytes.
    private func refuseUnread(_ reading: SystemError) -> Fate {
        let (parentPath, name) = DropTree.split(path)
        let fate = Fate.failed(reason: "unreadable", detail: "The file can not be read: \(reading)")
        guard let parent = try? root.directory.directory(parentPath.string),
            let status = try? parent.status(name.string)
        else { return .deferred(reason: "\(reading)") }
        return settle(fate, status.stamp)
    }

    // MARK: Moving

    /// Moves the file to where its fate belongs; where that can not be done it stays, for another
    /// time, and the reason is told: `done` or `failed` may have become a link or a file, or not be
    /// there to be written to.
    private func settle(_ fate: Fate, _ stamp: FileStamp) -> Fate {
        let target: UTF8String
        switch fate {
        case .created, .known: target = DropTree.done
        case .failed: target = DropTree.failed
        case .beingWritten, .gone, .deferred: return fate
        }
        let (parentPath, name) = DropTree.split(path)
        let way: UTF8String = parentPath == "." ? target : "\(target)/\(parentPath)"
        do throws(SystemError) {
            return try move(name, stamp, fate, from: parentPath, to: way)
        } catch {
            // Somebody else may have taken it away.
            guard let parent = try? root.directory.directory(parentPath.string),
                (try? parent.status(name.string)) != nil
            else { return .gone }
            return .deferred(reason: "it can not be moved to \(way): \(error)")
        }
    }

    private func move(
        _ name: UTF8String, _ stamp: FileStamp, _ fate: Fate, from parentPath: UTF8String,
        to way: UTF8String
    ) throws(SystemError) -> Fate {
        let parent = try root.directory.directory(parentPath.string)
        let directory = try root.directory.makeDirectories(way.string)
        for number in 0...Self.maximumNumber {
            // As backups are numbered (GNU Coreutils, "Backup options").
            let mark = number == 0 ? "" : ".~\(number)~"
            let newName = Self.join(name.string, mark)
            let reasonName = Self.join(name.string, mark + Self.reasonEnding)
            // The reason first: a file in `failed` is never without.
            let reason = try write(fate, for: newName, as: reasonName, in: directory)
            if reason == .nameIsTaken { continue }
            let isMoved: Bool
            do throws(SystemError) {
                isMoved = try parent.move(name.string, to: newName, in: directory)
            } catch {
                // No reason without its file, either.
                withdraw(reason, reasonName, directory)
                throw error
            }
            guard isMoved else {
                withdraw(reason, reasonName, directory)
                continue
            }
            // Whoever put another file under the name in this moment gets it back.
            guard try directory.status(newName).stamp.isSameFile(as: stamp) else {
                withdraw(reason, reasonName, directory)
                _ = try directory.move(newName, to: name.string, in: parent)
                return .beingWritten
            }
            return fate
        }
        return .deferred(reason: "too many files of this name in \(way)")
    }

    private enum Reason { case none, written, nameIsTaken }

    private static let reasonEnding = ".reason.txt"

    /// No longer than a name can be (NAME_MAX): it is the name that gives way.
    private static func join(_ name: String, _ suffix: String) -> String {
        var kept = name.unicodeScalars[...]
        while Substring(kept).utf8.count + suffix.utf8.count > 255 { kept.removeLast() }
        return Substring(kept) + suffix
    }

    private func write(
        _ fate: Fate, for name: String, as reasonName: String, in directory: borrowing Directory
    ) throws(SystemError) -> Reason {
        guard case .failed(let reason, let detail) = fate else { return .none }
        let text = Array("\(reason): \(detail)\n".utf8)
        guard !Self.has(name, directory),
            try Self.makeRoom(for: text, of: name, as: reasonName, in: directory)
        else { return .nameIsTaken }
        let file = try directory.create(reasonName)
        do throws(SystemError) { try unsafe Files.writeAll(file, text.span.bytes) } catch {
            withdraw(.written, reasonName, directory)
            throw error
        }
        return .written
    }

    /// Takes away what was left by one that was killed before it moved its file: the beginning of
    /// the same words, in a file that is not itself one that failed, for those have a reason of
    /// their own. Anything else is somebody's file, and stays. `false`: the name is taken.
    private static func makeRoom(
        for text: [UInt8], of name: String, as reasonName: String,
        in directory: borrowing Directory
    ) throws(SystemError) -> Bool {
        guard has(reasonName, directory) else { return true }
        // Of a name that was cut it may be another file's.
        guard reasonName.utf8.starts(with: name.utf8),
            try directory.status(reasonName).isRegularFile,
            !has(join(reasonName, reasonEnding), directory)
        else { return false }
        let file = try directory.openAnything(reasonName)
        let left = try Files.read(file.rawValue, offset: 0, byteCount: text.count + 1)
        guard text.starts(with: left) else { return false }
        try directory.remove(reasonName)
        return true
    }

    private static func has(_ name: String, _ directory: borrowing Directory) -> Bool {
        (try? directory.status(name)) != nil
    }

    private func withdraw(
        _ reason: Reason, _ reasonName: String, _ directory: borrowing Directory
    ) {
        if reason == .written { try? directory.remove(reasonName) }
    }
}
