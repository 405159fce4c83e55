internal import Configuration
internal import Digest
internal import Glibc
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendition
internal import Synchronization
internal import Text

extension Command {
    static let check = Command(
        name: "check", summary: "verify every stored byte against its name",
        forms: ["[options]"],
        about: """
            Reads every original and compares it with its name, and the index with what is there.
            Prints a line for each finding: damaged, missing (a document without its original),
            orphan (an original without a document). The edge may run. Without
            --repair nothing is written: a snapshot or a backup can be looked at where it can only
            be read. Its caches an edge reads itself, once a day and each entry when it is used, and
            makes anew what is damaged.
            """,
        options: [
            .data,
            CommandOption(
                "--repair",
                """
                moves damaged originals to DIR/quarantine, out of service; makes a
                damaged or lost index again: what is known of it by --dump, and
                every original that is not in it as if it were uploaded. The
                old one is kept as DIR/index.before-TIME; no edge may run
                """),
            CommandOption("--dump", "FILE", "of pollex index dump"),
            CommandOption(
                "--config", "FILE",
                """
                the edge's, for what workers take and where originals are; of those in
                a bucket nothing is repaired but by uploading them again
                """),
            CommandOption(
                "--notes", "FILE",
                """
                of a bucket: where it is noted how far it is; a run that was cut off
                is gone on with
                """),
            .jobs("files at once", 2),
        ],
        run: { words throws(CommandFailure) in
            let configuration = try words.configuration(["--data"])
            guard configuration.index.place == nil || !words.has("--repair") else {
                throw .invalid(
                    "the index is in a database: what lies here may have been deleted there")
            }
            guard configuration.originals.bucket != nil else { return try Check(words).run() }
            try words.takeNoOperands()
            guard !words.has("--repair") else {
                throw .usage("--repair is for originals that are files.")
            }
            let jobs = try words.number("--jobs", in: 1...64) ?? 4
            let tool = try BucketTool(configuration, jobs: jobs)
            return try BucketCheck(tool: tool, notes: words["--notes"]).run()
        })
}

/// `pollex check`: files against their names, names against the index.
private struct Check: Sendable {
    private let data: String
    private let repairs: Bool
    private let jobs: Int
    private let dump: String?
    private let configurationFile: String?

    init(_ words: CommandWords) throws(CommandFailure) {
        try words.takeNoOperands()
        data = words["--data"] ?? "./data"
        repairs = words.has("--repair")
        jobs = try words.number("--jobs", in: 1...64) ?? 2
        (dump, configurationFile) = (words["--dump"], words["--config"])
        for part in repairs ? ["originals"] : ["originals", "index"] {
            guard (try? FileStatus.of(path: "\(data)/\(part)")) != nil else {
                throw .failed("\(data) is no data directory: it has no \(part)")
            }
        }
    }

    func run() throws(CommandFailure) -> Int32 {
        let isIndexLost = repairs ? try setAsideDamagedIndex() : false
        let originals = try StoredOriginals(below: "\(data)/originals")
        let files = originals.files
        let progress = Progress(total: originals.byteCount, .bytes)
        let findings = Findings()
        try Crowd.run(files.count, threads: jobs, tool: {}) { index, _ in
            verify(files[index], findings)
            progress.add(files[index].byteCount)
        }
        progress.end()
        if repairs { try enterAgain(originals, isIndexLost: isIndexLost) }
        try compare(originals, findings)
        let counts = findings.counts
        Main.say(
            "\(files.count) originals, \(originals.byteCount) bytes: \(counts.damaged) damaged, "
                + "\(counts.missing) missing, \(counts.orphans) orphans")
        return counts == (0, 0, 0) ? 0 : 1
    }

    private func verify(_ file: StoredOriginals.File, _ findings: Findings) {
        do throws(SystemError) {
            let descriptor = try Files.open(file.path, flags: O_RDONLY | O_NOFOLLOW)
            guard ContentHash(try SHA256Digest(ofFile: descriptor.rawValue)) != file.hash else {
                return
            }
            findings.damaged(file.hash, "its bytes have another hash")
        } catch {
            // Deleted since it was listed.
            if error.isNotFound { return }
            findings.damaged(file.hash, "\(error)")
        }
        guard repairs else { return }
        let place = "\(data)/quarantine"
        _ = try? Directory(at: place)
        guard unsafe rename(file.path, "\(place)/\(file.hash.hex)") == 0 else {
            return Main.complain("\(file.path): \(SystemError(call: "rename", code: errno))")
        }
    }

    /// Whether there was none to be used; then there is the one of the dump, or nothing.
    private func setAsideDamagedIndex() throws(CommandFailure) -> Bool {
        let place = "\(data)/index"
        do throws(StoredIndex.Failure) {
            _ = try StoredIndex(directory: place)
            return false
        } catch {
            guard error.isLoss else { throw .failed("\(place): \(error)") }
            Main.say("\(place): \(error); it is made again")
        }
        if let dump {
            try IndexDump(data: data, database: nil).load(from: dump)
            return true
        }
        let lock = try DataLock(data: data)
        do throws(SystemError) { try Directory(existing: data).setAside("index") } catch {
            throw .failed("\(place): \(error)")
        }
        withExtendedLifetime(lock) {}
        return true
    }

    /// What the index does not know, not even as deleted.
    private func enterAgain(
        _ originals: StoredOriginals, isIndexLost: Bool
    ) throws(CommandFailure) {
        let known = (try? StoredIndex(of: data).knownHashes()) ?? []
        let lost = originals.files.filter { file in
            !known.contains(file.hash)
                && (isIndexLost || originals.isSettled(file)) && originals.isThere(file.hash)
        }
        guard isIndexLost || !lost.isEmpty else { return }
        if !isIndexLost, (try? DataLock(data: data)) == nil {
            return Main.say("an edge is at work: orphans can be entered again when it has ended")
        }
        let recovery = Recovery(data: data, configurationFile: configurationFile, jobs: jobs)
        let failures = try recovery.enter(lost)
        for (hash, reason) in failures { Main.complain("\(hash.hex): \(reason)") }
        Main.say("\(lost.count - failures.count) originals entered again")
    }

    private func compare(
        _ originals: StoredOriginals, _ findings: Findings
    ) throws(CommandFailure) {
        let known: Set<ContentHash>
        do throws(StoredIndex.Failure) {
            known = try StoredIndex(of: data).hashes()
        } catch { throw .failed("\(data)/index: \(error)") }
        let stored = Set(originals.files.map(\.hash))
        for hash in known.subtracting(stored) where !originals.isThere(hash) {
            findings.missing(hash)
        }
        for file in originals.files
        where !known.contains(file.hash) && originals.isSettled(file) {
            findings.orphan(file.hash)
        }
    }
}

/// What a check finds, printed as it is found.
final class Findings: Sendable {
    private let sums = Mutex((damaged: 0, missing: 0, orphans: 0))

    var counts: (damaged: Int, missing: Int, orphans: Int) { sums.withLock { $0 } }

    func damaged(_ hash: ContentHash, _ reason: String) {
        sums.withLock { $0.damaged += 1 }
        print("damaged \(hash.hex) \(reason.visible)")
    }

    func missing(_ hash: ContentHash) {
        sums.withLock { $0.missing += 1 }
        print("missing \(hash.hex)")
    }

    func orphan(_ hash: ContentHash) {
        sums.withLock { $0.orphans += 1 }
        print("orphan \(hash.hex)")
    }
}
