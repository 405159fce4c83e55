internal import Client
internal import Coding
internal import Configuration
internal import ImageAPI
internal import Intake
internal import LinuxIO
internal import ObjectStore
internal import Rendition
internal import Text

extension Command {
    static let importing = Command(
        name: "import", summary: "upload what lies in a bucket; goes on where it was",
        forms: ["s3://BUCKET[/PREFIX] [options]"],
        about: """
            Fetches each object of a bucket of the configuration (buckets) and uploads it under its
            name, with the owner and the tags that the bucket's rules give it. What was done is
            noted down: a run that was cut off is gone on with by running it again, and what has
            the entity tag that was noted is passed over. One line for what is refused.
            """,
        options: CommandOption.edge + [
            CommandOption("--config", "FILE", "the edge's, which names the bucket"),
            CommandOption(
                "--notes", "FILE", "what was done; pollex-import-BUCKET.notes here unless given"),
            .jobs("objects in flight", 4),
        ],
        run: { words throws(CommandFailure) in try Import(words).run() })
}

/// `pollex import`: list, fetch, upload, note, several objects at once.
private struct Import: Sendable {
    private let address: EdgeAddress
    private let token: String?
    private let jobs: Int
    private let bucket: WatchedBucket
    private let prefix: String
    private let client: ObjectClient
    private let notes: ImportNotes
    /// For what is on its way.
    private let directory: String
    private let byteLimit: Int
    private let pool: BlockingPool

    init(_ words: CommandWords) throws(CommandFailure) {
        guard let source = words.operands.first, words.operands.count == 1,
            let place = UTF8String(source).after("s3://"), !place.isEmpty
        else { throw .usage("import needs one s3://BUCKET[/PREFIX].") }
        let parts = place.string.fields(separatedBy: "/", maxSplits: 1, keepsEmpty: true)
        let name = String(parts[0])
        prefix = parts.count > 1 ? String(parts[1]) : ""
        let configuration = try words.configuration()
        let setting = configuration.buckets.first { $0.name == UTF8String(name) }
        guard let bucket = setting?.watched else {
            throw .invalid("buckets of the configuration has none of the name \(name)")
        }
        guard !bucket.deletes else {
            throw .invalid(
                "\(name) has deletes: true, which counts objects that came by events; "
                    + "what import brings would go with another object of the same bytes")
        }
        self.bucket = bucket
        byteLimit = configuration.images.uploadByteLimit
        address = try words.address("--to", else: "127.0.0.1:8080")
        token = try words.token()
        jobs = try words.number("--jobs", in: 1...64) ?? 4
        let file = words["--notes"] ?? "pollex-import-\(name).notes"
        let slash = file.lastPlace(of: "/")
        directory = slash.map { $0 == file.startIndex ? "/" : String(file[..<$0]) } ?? "."
        notes = try ImportNotes(
            file, about: "\(name) to \(words["--to"] ?? "127.0.0.1:8080")")
        var settings = ObjectClient.Settings()
        settings.connections = max(settings.connections, jobs)
        do throws(SystemError) {
            client = try ObjectClient(bucket.place, settings) { _ in }
            pool = try BlockingPool(threadCount: jobs)
        } catch { throw .failed("\(error)") }
    }

    func run() throws(CommandFailure) -> Int32 {
        let listed = try list()
        let objects = listed.filter { !notes.has($0.key, etag: $0.etag) }
        let progress = Progress(total: objects.reduce(0) { $0 + ($1.byteCount ?? 0) }, .bytes)
        let (said, tally) = (Said(), Tally())
        try Crowd.run(objects.count, threads: jobs, tool: { EdgeClient(address, token: token) }) {
            number, edge in
            let object = objects[number]
            switch bring(object, by: edge) {
            case .made: tally.count(.made)
            case .known: tally.count(.known)
            case .gone: break
            case .failed(let reason): said.failed("\(object.key.visible): \(reason.visible)")
            }
            progress.add(object.byteCount ?? 0)
        }
        progress.end()
        said.tell()
        client.stop()
        Main.say(
            "\(listed.count) objects: \(tally.value(.made)) are new, \(tally.value(.known)) were "
                + "there, \(listed.count - objects.count) were done before")
        return said.isEmpty ? 0 : 1
    }

    /// What is to be imported, in the order of names.
    private func list() throws(CommandFailure) -> [ListedKey] {
        var (objects, last): ([ListedKey], String?) = ([], nil)
        while true {
            let page = pool.result { [client, prefix, last] () async throws(ObjectError) in
                try await client.list(startingWith: prefix, after: last)
            }
            switch page {
            case .failure(let error): throw .failed("the bucket can not be listed: \(error)")
            case .success(let page):
                objects += page.entries.filter { bucket.labels(for: UTF8String($0.key)) != nil }
                last = page.entries.last?.key
                guard page.hasMore, last != nil else { return objects }
            }
        }
    }

    private enum Outcome {
        case made, known
        /// It is no longer in the bucket.
        case gone
        case failed(String)
    }

    private func bring(_ object: ListedKey, by edge: EdgeClient) -> Outcome {
        let fetched = pool.result { [client, directory, byteLimit] () async throws(ObjectError) in
            try await client.fetch(named: object.key, byteLimit: byteLimit) {
                () throws(SystemError) in
                SharedDescriptor(try Directory(existing: directory).createUnnamed())
            }
        }
        switch fetched {
        case .failure(.notFound), .success(nil): return .gone
        case .failure(.tooLarge):
            return note(object.etag, object, .failed("larger than limits.uploadBytes"))
        case .failure(let error): return .failed("\(error)")
        case .success(let found?): return send(found, object, by: edge)
        }
    }

    private func send(
        _ found: FetchedObject, _ object: ListedKey, by edge: EdgeClient
    ) -> Outcome {
        let labels = bucket.labels(for: UTF8String(object.key)) ?? .init(tags: [])
        let tags = labels.tags.map(\.string).joined(separator: ",")
        let query = [
            ("name", object.key), ("owner", labels.owner?.string),
            ("tags", tags.isEmpty ? nil : tags),
        ].compactMap { name, value in value.map { "\(name)=\(PercentCoding.encode($0))" } }
        let target = "/originals/\(found.hash.hex)?\(query.joined(separator: "&"))"
        let upload = EdgeClient.Upload(
            descriptor: found.file.rawValue, byteCount: found.byteCount
        ) { _ in }
        do throws(ClientError) {
            let reply = try edge.ask("PUT", target, upload: upload)
            switch reply.status {
            case 200, 201:
                return note(found.etag, object, reply.status == 201 ? .made : .known)
            // By the picture's own fault: it would be the same the next time.
            case 413, 415, 422, 451: return note(found.etag, object, .failed(reply.complaint))
            default: return .failed(reply.complaint)
            }
        } catch { return .failed("\(error)") }
    }

    private func note(_ etag: String, _ object: ListedKey, _ outcome: Outcome) -> Outcome {
        do throws(SystemError) {
            try notes.add(object.key, etag: etag)
            return outcome
        } catch { return .failed("can not be noted: \(error)") }
    }
}
