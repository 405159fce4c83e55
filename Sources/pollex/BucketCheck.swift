internal import Glibc
internal import LinuxIO
internal import ObjectStore
internal import Rendition
internal import Synchronization

/// `pollex check` of originals in a bucket: every object against its name, names against the index.
struct BucketCheck: Sendable {
    let tool: BucketTool
    /// Where it is noted how far it is; what is there is gone on with.
    let notes: String?

    func run() throws(CommandFailure) -> Int32 {
        let all = try tool.list()
        let last = notes.map { Files.text(of: $0) } ?? ""
        // A listing is in the order of names.
        let objects = all.filter { $0.hash.hex > last }
        if objects.count < all.count { Main.say("going on behind \(last)") }
        let findings = Findings()
        let progress = Progress(total: objects.reduce(0) { $0 + $1.byteCount }, .bytes)
        let course = Course()
        let away = Said()
        try Crowd.run(objects.count, threads: tool.jobs, tool: {}) { number, _ in
            // What can not be asked now says nothing of an object.
            guard away.isEmpty else { return }
            let object = objects[number]
            switch tool.fetch(object) {
            case .success: break
            case .failure(.wrongBytes):
                findings.damaged(object.hash, "its bytes have another hash")
            case .failure(.tooLarge): findings.damaged(object.hash, "it is longer than it was")
            // Deleted since it was listed.
            case .failure(.notFound): break
            case .failure(let error): return away.failed("\(object.hash.hex): \(error)")
            }
            progress.add(object.byteCount)
            if let done = course.done(number) { note(objects[done].hash.hex) }
        }
        progress.end()
        guard away.isEmpty else {
            away.tell()
            throw .failed("not all of the bucket could be read")
        }
        if let notes { _ = unsafe unlink(notes) }
        try compare(all, findings)
        let counts = findings.counts
        Main.say(
            "\(all.count) originals, \(all.reduce(0) { $0 + $1.byteCount }) bytes: "
                + "\(counts.damaged) damaged, \(counts.missing) missing, \(counts.orphans) orphans")
        return counts == (0, 0, 0) ? 0 : 1
    }

    private func note(_ hash: String) {
        guard let notes,
            let file = try? Files.open(notes, flags: O_WRONLY | O_CREAT | O_TRUNC)
        else { return }
        let bytes = Array(hash.utf8)
        let span = bytes.span
        unsafe try? Files.writeAll(file, span.bytes)
    }

    private func compare(
        _ objects: [ListedObject], _ findings: Findings
    ) throws(CommandFailure) {
        let known = try tool.indexed()
        let stored = Set(objects.map(\.hash))
        for hash in known.subtracting(stored) {
            // Uploaded since the list was made.
            let found = tool.wait { [client = tool.client] () async throws(ObjectError) in
                try await client.byteCount(of: hash)
            }
            if case .success(nil) = found { findings.missing(hash) }
        }
        let settled = Clock.wallSeconds() - 60
        for object in objects where !known.contains(object.hash) {
            if object.modifiedSeconds < settled { findings.orphan(object.hash) }
        }
    }
}

/// Which of several things that are done side by side is the last before which all are done.
private final class Course: Sendable {
    private let state = Mutex((next: 0, ahead: Set<Int>()))

    /// The last one, where it is another one now; told of each hundredth only.
    func done(_ number: Int) -> Int? {
        state.withLock { state in
            let before = state.next
            state.ahead.insert(number)
            while state.ahead.remove(state.next) != nil { state.next += 1 }
            return state.next / 100 > before / 100 ? state.next - 1 : nil
        }
    }
}
