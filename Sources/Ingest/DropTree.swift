internal import LinuxIO
internal import Text

/// The directories below the drop folder that are watched, and what is found in them.
///
/// Not entered: `done` and `failed` at the top, names that begin with a dot, symbolic links. Files
/// with such names, with those of downloads under way, or with names that are no UTF-8, are left
/// alone.
struct DropTree: ~Copyable {
    static let done: UTF8String = "done"
    static let failed: UTF8String = "failed"

    /// Each costs the kernel about 1 KB; what lies beyond is found by looking around.
    private static let maximumWatchCount = 8192

    private let root: DropFolder.Root
    private let watch: DirectoryWatch
    /// By number; the top is the empty path.
    private var paths: [Int32: UTF8String] = [:]
    private var watches: [UTF8String: Int32] = [:]
    /// Something is not watched: it has to be looked at now and then.
    private(set) var isIncomplete = false
    /// A name that is no UTF-8, the first there was, as far as it can be shown.
    private(set) var oddPath: UTF8String?

    init(_ root: DropFolder.Root, _ watch: DirectoryWatch) {
        self.root = root
        self.watch = watch
    }

    /// What has been seen of a file.
    struct Sighting: Equatable {
        let path: UTF8String
        let stamp: FileStamp
    }

    /// Watches a directory and all below it, and then tells what is in them: what comes later is
    /// an event. Ends early when `found` says that it takes no more. Directories that go away
    /// meanwhile are no error.
    mutating func enter(_ path: UTF8String, _ found: (Sighting) -> Bool) {
        // Not by recursion: others decide how deep it goes.
        var waiting = [path]
        var isWanted = true
        while isWanted, let path = waiting.popLast() {
            do throws(SystemError) {
                let directory = try root.directory.directory(path.isEmpty ? "." : path.string)
                follow(directory, path)
                try directory.forEachName { entry in
                    let name = entry.text
                    guard Self.isTaken(name, in: path) else { return true }
                    let below = Self.join(path, name)
                    guard entry.isUTF8 else {
                        oddPath = oddPath ?? below
                        return true
                    }
                    // What is gone again has no status.
                    guard let status = try? directory.status(name.string) else { return true }
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

    private mutating func follow(_ directory: borrowing Directory, _ path: UTF8String) {
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
    mutating func leave(_ path: UTF8String) {
        let below: UTF8String = "\(path)/"
        for (known, number) in watches where known == path || known.starts(with: below) {
            watch.remove(number)
            forget(number)
        }
    }

    /// Something happened to a name that is no UTF-8.
    mutating func sawOdd(_ name: UTF8String, in number: Int32) {
        if oddPath == nil, let path = path(of: name, in: number) { oddPath = path }
    }

    mutating func forget(_ number: Int32) {
        guard let path = paths.removeValue(forKey: number) else { return }
        if watches[path] == number { watches[path] = nil }
    }

    /// Where in the tree something happened; `nil` in a directory that is left by now, and for
    /// names that are not taken.
    func path(of name: UTF8String, in number: Int32) -> UTF8String? {
        guard let path = paths[number], Self.isTaken(name, in: path) else { return nil }
        return Self.join(path, name)
    }

    /// `nil` unless it is a regular file.
    func stamp(of path: UTF8String) -> FileStamp? {
        let (parent, name) = Self.split(path)
        guard let directory = try? root.directory.directory(parent.string),
            let status = try? directory.status(name.string), status.isRegularFile
        else { return nil }
        return status.stamp
    }

    private static func isTaken(_ name: UTF8String, in path: UTF8String) -> Bool {
        if name.starts(with: ".") || name.ends(with: ".part") || name.ends(with: ".tmp") {
            return false
        }
        return !path.isEmpty || (name != done && name != failed)
    }

    private static func join(_ path: UTF8String, _ name: UTF8String) -> UTF8String {
        path.isEmpty ? name : "\(path)/\(name)"
    }

    /// The directory (`.`: the top) and the name in it.
    static func split(_ path: UTF8String) -> (parent: UTF8String, name: UTF8String) {
        let text = path.string
        guard let slash = text.lastPlace(of: "/") else { return (".", path) }
        return (UTF8String(text[..<slash]), UTF8String(Substring(text[slash...].utf8.dropFirst())))
    }
}
