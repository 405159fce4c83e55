internal import Coding
internal import Configuration
internal import ImageIndex
internal import JSON
internal import LinuxIO
internal import Rendition
internal import Text

extension Command {
    static let index = Command(
        name: "index", summary: "dump the index as lines of JSON, make one of them, or copy one",
        forms: [
            "dump [options] > FILE", "load [options] < FILE",
            "copy --from STORE --to STORE [options]",
        ],
        about: """
            dump writes every entry of the index, of one moment, a JSON object a line: images,
            tombstones, blocks, refusals, and events still to be delivered. The edge may run.
            load makes an index of such lines; one that is there is kept beside it, as
            DIR/index.before-TIME. No edge may run on it. With --config, where index.store is
            postgresql, both are of the index in the database: load adds to it.
            copy brings an index from files into the database that the configuration names, or back
            (local, postgresql). What is there already stays as it is.
            """,
        options: [
            CommandOption("--from", "STORE", "local or postgresql"),
            CommandOption("--to", "STORE", "the other one"),
            CommandOption("--config", "FILE", "the edge's"),
            .data,
        ],
        run: { words throws(CommandFailure) in
            let configuration = try words.configuration(["--data"])
            let dump = IndexDump(
                data: configuration.data, database: configuration.index.place)
            switch words.operands {
            case ["dump"]: try dump.write()
            case ["load"]: try dump.load()
            case ["copy"]: try dump.copy(from: words["--from"], to: words["--to"])
            default: throw .usage("index takes dump, load or copy.")
            }
            return 0
        })
}

/// The lines of a dump: a head, an entry each, and an end by which one that was cut off is known.
struct IndexDump {
    let data: String
    /// Where the index of several edges is; `nil`: it is in `data`.
    let database: String?
    private static let version = 1
    private static let batchCount = 1000

    // MARK: Writing

    func write() throws(CommandFailure) {
        guard let database else { return try write("\(data)/index") }
        try withFolder { place throws(CommandFailure) in
            _ = try IndexCopy(database).fetch(into: place)
            try write(place)
        }
    }

    private func write(_ place: String) throws(CommandFailure) {
        let index: StoredIndex
        do throws(StoredIndex.Failure) { index = try StoredIndex(directory: place) } catch {
            throw .failed("\(place): \(error)")
        }
        var (count, lines) = (0, DumpLines())
        lines.add { json in
            json.field("pollexIndex", Self.version)
            json.key("tables")
            json.beginArray()
            for name in StoredIndex.tableNames { json.string(name) }
            json.endArray()
        }
        do throws(StoredIndex.Failure) {
            try index.forEachEntry { entry in
                lines.add { Self.put(entry, into: &$0) }
                count += 1
                return lines.failure == nil
            }
        } catch { throw .failed("\(place): \(error)") }
        lines.add { $0.field("end", count) }
        lines.flush()
        if let failure = lines.failure { throw .failed("the dump can not be written: \(failure)") }
        Main.say("\(count) entries")
    }

    private static func put(_ entry: IndexEntry, into json: inout JSONWriter) {
        json.field("table", entry.table)
        if let image = entry.image {
            // For people; the entry is what is loaded.
            json.field("hash", image.hash.hex)
            json.field("type", "\(image.type)")
            json.field("bytes", image.byteCount)
            if let name = image.name { json.field("name", "\(name)") }
            if let owner = image.owner { json.field("owner", "\(owner)") }
        }
        json.field("key", Base64.text(entry.key))
        json.field("value", Base64.text(entry.value))
    }

    // MARK: Loading

    /// - Parameter path: of the dump.
    func load(from path: String = "/dev/stdin") throws(CommandFailure) {
        let lines: LineReader
        do throws(SystemError) { lines = LineReader(try Files.open(path, flags: 0)) } catch {
            throw .failed("\(path): can not be read")
        }
        guard let database else {
            let lock = try DataLock(data: data)
            let count = try replace { place throws(CommandFailure) in try fill(place, lines) }
            withExtendedLifetime(lock) {}
            return Main.say("\(count) entries")
        }
        try withFolder { place throws(CommandFailure) in
            _ = try fill(place, lines)
            try Self.verify(place)
            Self.say(try IndexCopy(database).send(place))
        }
    }

    // MARK: Copying

    func copy(from source: String?, to target: String?) throws(CommandFailure) {
        guard let database else {
            throw .invalid("the configuration names no database: index.store is not postgresql")
        }
        let copy = try IndexCopy(database)
        let lock = try DataLock(data: data)
        switch (source, target) {
        case ("local", "postgresql"): Self.say(try copy.send("\(data)/index"))
        case ("postgresql", "local"):
            let count = try replace { place throws(CommandFailure) in try copy.fetch(into: place) }
            Main.say("\(count) states")
        default: throw .usage("index copy takes --from and --to: local and postgresql.")
        }
        withExtendedLifetime(lock) {}
    }

    private static func say(_ sent: IndexCopy.Sent) {
        Main.say("\(sent.count) states")
        guard sent.others > 0 else { return }
        Main.complain("\(sent.others) are otherwise there, and stay so")
    }

    // MARK: Parts

    /// An empty folder below the data directory, gone with the end.
    private func withFolder(
        _ body: (String) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        let name = "index.passing"
        let folder = try emptyFolder(name)
        defer { try? folder.removeFolder(name) }
        try body("\(data)/\(name)")
    }

    /// The folder of data, in which there is an empty one of this name now.
    private func emptyFolder(_ name: String) throws(CommandFailure) -> Directory {
        let folder: Directory
        do throws(SystemError) { folder = try Directory(existing: data) } catch {
            throw .failed("\(data): \(error)")
        }
        try? folder.removeFolder(name)
        do throws(SystemError) { try folder.makeDirectory(name) } catch {
            throw .failed("\(data)/\(name): \(error)")
        }
        return folder
    }

    /// Makes an index in the place of the one that is there; how many entries.
    private func replace(
        _ fill: (String) throws(CommandFailure) -> Int
    ) throws(CommandFailure) -> Int {
        let (name, place) = ("index.loading", "\(data)/index.loading")
        let folder = try emptyFolder(name)
        let count: Int
        do throws(CommandFailure) {
            count = try fill(place)
            try Self.verify(place)
        } catch {
            try? folder.removeFolder(name)
            throw error
        }
        do throws(SystemError) {
            try folder.setAside("index")
            try folder.rename(name, to: "index")
            try folder.synchronize()
        } catch { throw .failed("\(data): \(error)") }
        return count
    }

    /// Before it takes the place of another one. An older format is read by the edge, which brings
    /// it up to date.
    private static func verify(_ place: String) throws(CommandFailure) {
        do throws(StoredIndex.Failure) {
            try StoredIndex(directory: place).forEachEntry { _ in true }
        } catch {
            if case .older = error { return }
            throw .failed("what this dump makes is no index: \(error); nothing is changed")
        }
    }

    private func fill(_ place: String, _ lines: LineReader) throws(CommandFailure) -> Int {
        do throws(IndexLoader.Failure) { return try read(lines, into: place) } catch {
            throw .failed("\(error)")
        }
    }

    private func read(
        _ lines: LineReader, into place: String
    ) throws(IndexLoader.Failure) -> Int {
        guard let head = Self.next(of: lines), head["pollexIndex"]?.integer == Self.version,
            let tables = head["tables"]?.elements
        else { throw .malformed("this is no dump of an index, or one of a later version") }
        let loader = try IndexLoader(
            directory: place, tables: tables.compactMap { $0.string?.string })
        var (entries, count): ([IndexEntry], Int) = ([], 0)
        while let line = Self.next(of: lines) {
            if let end = line["end"]?.integer, end == count {
                try loader.add(entries)
                try loader.finish()
                return count
            }
            guard let table = line["table"]?.string, let key = Self.bytes(line["key"]),
                let value = Self.bytes(line["value"])
            else { throw .malformed("line \(count + 2) is none of a dump") }
            entries.append(IndexEntry(table: table.string, key: key, value: value))
            count += 1
            if entries.count == Self.batchCount {
                try loader.add(entries)
                entries = []
            }
        }
        throw .malformed("the dump ends too early, after \(count) entries")
    }

    /// One without anything in it, where it can not be read.
    private static func next(of lines: LineReader) -> JSONValue? {
        lines.next().map { (try? JSONValue($0)) ?? .null }
    }

    private static func bytes(_ text: JSONValue?) -> [UInt8]? {
        text?.string.flatMap { Base64.bytes($0.string) }
    }
}

/// Lines of a file, one after the other.
private final class LineReader {
    private let file: OwnedDescriptor
    private var bytes: [UInt8] = []
    private var start = 0

    init(_ file: consuming OwnedDescriptor) { self.file = file }

    /// `nil` at the end.
    func next() -> [UInt8]? {
        var searched = start
        while true {
            if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { start = end + 1 }
                return Array(bytes[start..<end])
            }
            bytes.removeFirst(start)
            (start, searched) = (0, bytes.count)
            guard let more = try? Files.readNext(file, byteCount: 1 << 16), !more.isEmpty
            else { return nil }
            bytes += more
        }
    }
}

/// Lines of JSON on standard output, some at a time.
private struct DumpLines {
    private var bytes: [UInt8] = []
    private(set) var failure: SystemError?

    mutating func add(_ fields: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        json.beginObject()
        fields(&json)
        json.endObject()
        bytes.append(contentsOf: json.finish())
        bytes.append(UInt8(ascii: "\n"))
        if bytes.count > 1 << 16 { flush() }
    }

    mutating func flush() {
        do throws(SystemError) { try unsafe Files.writeAll(1, bytes.span.bytes) } catch {
            failure = error
        }
        bytes.removeAll(keepingCapacity: true)
    }
}

/// Keeps every edge from a data directory, as one edge keeps the others.
final class DataLock {
    private let originals: Directory

    init(data: String) throws(CommandFailure) {
        let isMine: Bool
        do throws(SystemError) { _ = try Directory(existing: data) } catch {
            throw .failed("\(data): \(error)")
        }
        do throws(SystemError) {
            originals = try Directory(at: "\(data)/originals")
            isMine = try originals.lock()
        } catch { throw .failed("\(data)/originals: \(error)") }
        guard isMine else { throw .failed("an edge is at work in \(data)") }
    }
}

extension Directory {
    /// Gives what has the name, if anything has, another one: with `.before-` and the time.
    borrowing func setAside(_ name: String) throws(SystemError) {
        do throws(SystemError) {
            try rename(name, to: "\(name).before-\(Clock.wallSeconds())")
        } catch { guard error.isNotFound else { throw error } }
    }
}
