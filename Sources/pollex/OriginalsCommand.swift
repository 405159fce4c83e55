internal import Configuration
internal import Digest
internal import Glibc
internal import ImageIndex
internal import LinuxIO
internal import ObjectStore
internal import Originals
internal import Rendition
internal import Synchronization
internal import Text

extension Command {
    static let originals = Command(
        name: "originals", summary: "copy originals into a bucket; sweep what no image names",
        forms: ["copy --from files --to s3 [options]", "sweep [--delete] [options]"],
        about: """
            copy brings every original below DIR into the bucket of the configuration, each held
            against its name here and by the store. What is there is not sent again: a run that was
            cut off is gone on with by running it again. The edge may run; what is uploaded
            meanwhile the next run brings.
            sweep lists what lies in the bucket for more than a day and is not in the index of DIR:
            "orphan <hash>". Only with --delete it goes, and never more than one in a hundred of
            all, nor where the index is in a database. Where several edges with an index each share
            the bucket, nothing may be swept.
            """,
        options: [
            CommandOption("--from", "KIND", "files"), CommandOption("--to", "KIND", "s3"),
            CommandOption("--delete", "what was found goes"),
            CommandOption("--config", "FILE", "the edge's, which names the bucket"), .data,
            .jobs("at once", 4),
        ],
        run: { words throws(CommandFailure) in
            let configuration = try words.configuration(["--data"])
            let jobs = try words.number("--jobs", in: 1...64) ?? 4
            switch words.operands {
            case ["copy"]:
                guard words["--from"] == "files", words["--to"] == "s3" else {
                    throw .usage("copy goes --from files --to s3.")
                }
                return try OriginalsCopy(tool: BucketTool(configuration, jobs: jobs)).run()
            case ["sweep"]:
                let deletes = words.has("--delete")
                guard !deletes || configuration.index.place == nil else {
                    throw .invalid(
                        "the index is in a database, which DIR may be behind: nothing is deleted")
                }
                let tool = try BucketTool(configuration, jobs: jobs)
                return try OriginalsSweep(tool: tool, deletes: deletes).run()
            default: throw .usage("originals takes copy or sweep.")
            }
        })
}

/// Local files into the bucket.
private struct OriginalsCopy: Sendable {
    let tool: BucketTool

    func run() throws(CommandFailure) -> Int32 {
        let originals = try StoredOriginals(below: "\(tool.data)/originals")
        let (files, descriptions) = (originals.files, try describe())
        let progress = Progress(total: originals.byteCount, .bytes)
        let said = Said()
        let sums = Mutex((sent: 0, there: 0))
        try Crowd.run(files.count, threads: tool.jobs, tool: {}) { number, _ in
            let file = files[number]
            do throws(ObjectError) {
                let isNew = try send(file, descriptions[file.hash])
                sums.withLock { if isNew { $0.sent += 1 } else { $0.there += 1 } }
            } catch {
                // Deleted since it was listed.
                if error != .notFound { said.failed("\(file.hash.hex): \(error)") }
            }
            progress.add(file.byteCount)
        }
        progress.end()
        said.tell()
        let (sent, there) = sums.withLock { $0 }
        Main.say("\(files.count) originals: \(sent) sent, \(there) were there")
        return said.isEmpty ? 0 : 1
    }

    /// What the index says of them, where there is one.
    private func describe() throws(CommandFailure) -> [ContentHash: OriginalDescription] {
        var descriptions: [ContentHash: OriginalDescription] = [:]
        do throws(StoredIndex.Failure) {
            try StoredIndex(of: tool.data).forEachEntry { entry in
                if let image = entry.image, descriptions[image.hash] == nil {
                    descriptions[image.hash] = OriginalDescription(
                        mediaType: "\(image.type)", name: image.name, uploadedAt: image.uploadedAt)
                }
                return true
            }
        } catch { throw .failed("\(tool.data)/index: \(error)") }
        return descriptions
    }

    /// Whether it was not there.
    private func send(
        _ file: StoredOriginals.File, _ description: OriginalDescription?
    ) throws(ObjectError) -> Bool {
        let opened: SharedDescriptor
        let byteCount: Int
        let digest: SHA256Digest
        do throws(SystemError) {
            opened = SharedDescriptor(try Files.open(file.path, flags: O_RDONLY | O_NOFOLLOW))
            byteCount = try Files.size(opened.rawValue)
            digest = try SHA256Digest(ofFile: opened.rawValue)
        } catch { throw error.isNotFound ? .notFound : .unavailable("\(error)") }
        guard ContentHash(digest) == file.hash else { throw .wrongBytes }
        let fields = description.map { $0.objectFields } ?? []
        return try tool.wait { [client = tool.client] () async throws(ObjectError) in
            try await client.put(file.hash, from: opened, byteCount: byteCount, fields: fields)
        }.get()
    }
}

/// Objects that no image names.
private struct OriginalsSweep: Sendable {
    let tool: BucketTool
    let deletes: Bool

    /// What is younger may be on its way into the index.
    private static let leastAge: Int64 = 86_400

    func run() throws(CommandFailure) -> Int32 {
        let objects = try tool.list()
        // Behind the list: what came into the bucket before it is in the index by now.
        let known = try tool.indexed()
        let latest = Clock.wallSeconds() - Self.leastAge
        let orphans = objects.filter { !known.contains($0.hash) && $0.modifiedSeconds < latest }
        for orphan in orphans { print("orphan \(orphan.hash.hex)") }
        let found = "\(objects.count) originals in the bucket, \(orphans.count) orphans of a day"
        guard deletes else {
            Main.say("\(found); nothing was deleted")
            return orphans.isEmpty ? 0 : 1
        }
        guard orphans.count * 100 <= objects.count else {
            throw .failed(
                "\(found): more than one in a hundred, which an index that is not whole "
                    + "would make of them; nothing was deleted")
        }
        let said = Said()
        for orphan in orphans {
            if let reason = remove(orphan) { said.failed("\(orphan.hash.hex): \(reason)") }
        }
        said.tell()
        Main.say(found)
        return said.isEmpty ? 0 : 1
    }

    /// Why it was left, if it was. The same bytes may come again in this moment, and be found in
    /// the bucket: so they are looked for in the index once more afterwards, and put back.
    private func remove(_ orphan: ListedObject) -> String? {
        do {
            let copy: SharedDescriptor?
            switch tool.fetch(orphan) {
            case .success(let file): copy = file
            case .failure(.wrongBytes), .failure(.tooLarge): copy = nil
            case .failure(let error): throw error
            }
            if try isIndexed(orphan.hash) { return nil }
            let client = tool.client
            try tool.wait { () async throws(ObjectError) in
                try await client.delete(orphan.hash)
            }.get()
            guard try isIndexed(orphan.hash), let copy else { return nil }
            _ = try tool.wait { () async throws(ObjectError) in
                try await client.put(
                    orphan.hash, from: copy, byteCount: orphan.byteCount, fields: [])
            }.get()
            return nil
        } catch { return "\(error)" }
    }

    private func isIndexed(_ hash: ContentHash) throws -> Bool {
        try StoredIndex(of: tool.data).isPresent(hash)
    }
}
