internal import LinuxIO

/// The directories below the drop folder that are watched, and what is found in them.
///
/// Not entered: `done` and `failed` at the top, names that begin with a dot, symbolic links. Files
/// with such names, or with those of downloads under way, are left alone.
struct DropTree: ~Copyable {
    static let done = "done"
    static let failed = "failed"

    /// Each costs the kernel about 1 KB; what lies beyond is found by looking around.
    private static let maximumWatchCount = 8192

    private let root: DropFolder.Root
    private let watch: DirectoryWatch
    /// By number; the top is the empty path.
    private var paths: [Int32: String] = [:]
    private var watches: [String: Int32] = [:]
    /// Something is not watched: it has to be looked at now and then.
    private(set) var isIncomplete = false

    init(_ root: DropFolder.Root, _ watch: DirectoryWatch) {
        self.root = root
        self.watch = watch
    }

    /// What has been seen of a file.
    struct Sighting: Equatable {
        let path: String
        let stamp: FileStamp
    }

    /// Watches a directory and all below it, and then tells what is in them: what comes later is
    /// an event. Ends early when `found` says that it takes no more. Directories that go away
    /// meanwhile are no error.
    mutating func enter(_ path: String, _ found: (Sighting) -> Bool) {
        // Not by recursion: others decide how deep it goes.
        var waiting = [path]
        var isWanted = true
        while isWanted, let path = waiting.popLast() {
            do throws(SystemError) {
                let directory = try root.directory.directory(path.isEmpty ? "." : path)
                follow(directory, path)
                try directory.forEachName { name in
                    guard Self.isTaken(name, in: path) else { return true }
                    let below = Self.join(path, name)
                    // What is gone again, or has a name that is no UTF-8, has no status.
                    guard let status = try? directory.status(name) else { return true }
                    if status.isDirectory {
                        waiting.append(below)
                    } else if status.isRegularFile {
                        isWanted = found(Sighting(path: below, stamp: status.stamp))
                    }
                    return isWanted
                }
            } catch {
                if !error.isNotFound { isIncomplete = true }
            }
        }
    }

    private mutating func follow(_ directory: borrowing Directory, _ path: String) {
        guard watches[path] != nil || paths.count < Self.maximumWatchCount else {
            isIncomplete = true
            return
        }
        // What fails is the system's limit (fs.inotify.max_user_watches).
        guard let number = try? watch.add(directory) else {
            isIncomplete = true
            return
        }
        // The same directory under another name: it was moved.
        if let former = paths[number], former != path { watches[former] = nil }
        paths[number] = path
        watches[path] = number
    }

    /// The directory and all below it are elsewhere now.
    mutating func leave(_ path: String) {
        let below = path + "/"
        for (known, number) in watches where known == path || known.hasPrefix(below) {
            watch.remove(number)
            forget(number)
        }
    }

    mutating func forget(_ number: Int32) {
        guard let path = paths.removeValue(forKey: number) else { return }
        if watches[path] == number { watches[path] = nil }
    }

    /// Where in the tree something happened; `nil` in a directory that is left by now, and for
    /// names that are not taken.
    func path(of name: String, in number: Int32) -> String? {
        guard let path = paths[number], Self.isTaken(name, in: path) else { return nil }
        return Self.join(path, name)
    }

    /// `nil` unless it is a regular file.
    func stamp(of path: String) -> FileStamp? {
        let (parent, name) = Self.split(path)
        guard let directory = try? root.directory.directory(parent),
            let status = try? directory.status(name), status.isRegularFile
        else { return nil }
        return status.stamp
    }

    private static func isTaken(_ name: String, in path: String) -> Bool {
        if name.hasPrefix(".") || name.hasSuffix(".part") || name.hasSuffix(".tmp") {
            return false
        }
        return !path.isEmpty || (name != done && name != failed)
    }

    private static func join(_ path: String, _ name: String) -> String {
        path.isEmpty ? name : "\(path)/\(name)"
    }

    /// The directory (`.`: the top) and the name in it.
    static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
