internal import Digest
internal import Foundation
internal import Glibc
internal import ImageIndex
internal import LinuxIO
internal import Rendition
internal import Synchronization

extension Command {
    static let check = Command(
        name: "check", summary: "verify every stored byte against its name",
        usage: """
            usage: pollex check [options]
            Reads every original and compares it with its name, and the index with what is there.
            Prints a line for each finding: damaged, missing (a document without its original),
            orphan (an original without a document). The edge may run. Without
            --repair nothing is written: a snapshot or a backup can be looked at where it can only be
            read. Its caches an edge reads itself, once a day and each entry when it is used, and makes
            anew what is damaged.
              --data DIR         the data directory, ./data unless given
              --repair           moves damaged originals to DIR/quarantine, out of service
              --jobs N           files at once, 1 to 64; 2 unless given
            """,
        options: ["--data", "--jobs"], flags: ["--repair"],
        run: { words throws(CommandFailure) in try Check(words).run() })
}

/// `pollex check`: files against their names, names against the index.
private struct Check: Sendable {
    private let data: String
    private let repairs: Bool
    private let jobs: Int

    init(_ words: CommandWords) throws(CommandFailure) {
        guard words.operands.isEmpty else { throw .usage("check takes no \(words.operands[0]).") }
        data = words["--data"] ?? "./data"
        repairs = words.has("--repair")
        jobs = try words.number("--jobs", in: 1...64) ?? 2
        for part in ["originals", "index"] {
            guard FileManager.default.fileExists(atPath: "\(data)/\(part)") else {
                throw .failed("\(data) is no data directory: it has no \(part)")
            }
        }
    }

    func run() throws(CommandFailure) -> Int32 {
        let originals = try StoredOriginals(below: "\(data)/originals")
        let files = originals.files
        let progress = Progress(total: originals.byteCount, .bytes)
        let findings = Findings()
        try Crowd.run(files.count, threads: jobs, tool: {}) { index, _ in
            verify(files[index], findings)
            progress.add(files[index].byteCount)
        }
        progress.end()
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
        try? FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        guard unsafe rename(file.path, "\(place)/\(file.hash.hex)") == 0 else {
            return Main.complain("\(file.path): \(SystemError(call: "rename", code: errno))")
        }
    }

    private func compare(
        _ originals: StoredOriginals, _ findings: Findings
    ) throws(CommandFailure) {
        let known: Set<ContentHash>
        do throws(StoredIndex.Failure) {
            known = try StoredIndex(directory: "\(data)/index").hashes()
        } catch { throw .failed("\(data)/index: \(error)") }
        let stored = Set(originals.files.map(\.hash))
        for hash in known.subtracting(stored) where !originals.isThere(hash) {
            findings.missing(hash)
        }
        let minuteAgo = Clock.wallSeconds() - 60
        for file in originals.files where !known.contains(file.hash) {
            // Younger ones may be on their way into the index.
            guard let status = originals.status(of: file), status < minuteAgo else { continue }
            findings.orphan(file.hash)
        }
    }
}

/// What a check finds, printed as it is found.
private final class Findings: Sendable {
    private let sums = Mutex((damaged: 0, missing: 0, orphans: 0))

    var counts: (damaged: Int, missing: Int, orphans: Int) { sums.withLock { $0 } }

    func damaged(_ hash: ContentHash, _ reason: String) {
        sums.withLock { $0.damaged += 1 }
        print("damaged \(hash.hex) \(reason)")
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
