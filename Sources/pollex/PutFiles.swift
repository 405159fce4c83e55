internal import LinuxIO
internal import Text

/// The files that words on the command line stand for.
struct PutFiles {
    struct File: Sendable {
        let path: String
        let byteCount: Int

        /// The last part of the path.
        var name: String { path.fields(separatedBy: "/").last.map(String.init) ?? path }
    }

    private(set) var files: [File] = []
    /// What has a name that is no UTF-8, as far as it can be shown: an edge could not keep it.
    private(set) var unnamed: [String] = []
    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// Folders with all below them, in the order of names. Hidden files, links and what is no
    /// regular file are left out, unless they are named themselves.
    init(_ paths: [String]) throws(CommandFailure) {
        for path in paths {
            guard let own = try? FileStatus.of(path: path, followsLink: false) else {
                throw .failed("\(path.visible): there is no such file")
            }
            if own.isDirectory {
                try addFolder(path)
                continue
            }
            // A device or a pipe may have no end.
            guard let target = try? FileStatus.of(path: path), target.isRegularFile
            else { throw .failed("\(path): neither a file nor a folder") }
            files.append(File(path: path, byteCount: target.byteCount))
        }
    }

    private mutating func addFolder(_ path: String) throws(CommandFailure) {
        let folder = try Self.open(path)
        var names: [EntryName] = []
        do throws(SystemError) {
            try folder.forEachName { name in
                names.append(name)
                return true
            }
        } catch { throw Self.unreadable(path, error) }
        names.sort { $0.text < $1.text }
        for name in names where !name.text.starts(with: ".") {
            let inner =
                UTF8String(path).ends(with: "/") ? path + name.text.string : "\(path)/\(name.text)"
            guard name.isUTF8 else {
                unnamed.append(inner)
                continue
            }
            guard let status = try? folder.status(name.text.string) else { continue }
            if status.isDirectory {
                try addFolder(inner)
            } else if status.isRegularFile {
                files.append(File(path: inner, byteCount: status.byteCount))
            }
        }
    }

    private static func open(_ folder: String) throws(CommandFailure) -> Directory {
        do throws(SystemError) { return try Directory(existing: folder) } catch {
            throw unreadable(folder, error)
        }
    }

    private static func unreadable(_ folder: String, _ error: SystemError) -> CommandFailure {
        .failed("\(folder.visible): the folder can not be read: \(error)")
    }
}
