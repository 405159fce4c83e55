internal import Client
internal import Coding
internal import Digest
internal import Glibc
internal import JSON
internal import LinuxIO
internal import Originals
internal import Rendition
internal import Text

extension Command {
    static let put = Command(
        name: "put", summary: "upload files and folders; skips what the edge has",
        forms: ["[options] FILE|DIR…"],
        about: """
            Uploads each file under its SHA-256 and prints "<hash>  <file>" for it. What the edge
            has is not sent again: a run that was cut off is gone on with by running it again.
            """,
        options: CommandOption.edge + [
            CommandOption(
                "--owner", "NAME", "whose the images are; a token with an owner decides by itself"),
            CommandOption("--tags", "A,B", "tags of all of them"),
            .jobs("files in flight", 4),
            CommandOption(
                "--json", "a JSON object a line: file, hash, bytes, status, error"),
        ],
        run: { words throws(CommandFailure) in try Put(words).run() })
}

/// `pollex put`: hash, ask, send, several files at once.
private struct Put: Sendable {
    private let address: EdgeAddress
    private let token: String?
    private let owner: UTF8String?
    private let query: [String]
    private let jobs: Int
    private let asJSON: Bool
    private let files: PutFiles

    init(_ words: CommandWords) throws(CommandFailure) {
        guard !words.operands.isEmpty else { throw .usage("put needs a file or a folder.") }
        address = try words.address("--to", else: "127.0.0.1:8080")
        token = try words.token()
        jobs = try words.number("--jobs", in: 1...64) ?? 4
        asJSON = words.has("--json")
        owner = words["--owner"].map { UTF8String($0) }
        query = [("owner", owner?.string), ("tags", words["--tags"])].compactMap { name, value in
            value.map { "\(name)=\(PercentCoding.encode($0))" }
        }
        files = try PutFiles(words.operands)
    }

    private enum Outcome {
        case created(String)
        case known(String)
        case failed(String)
    }

    func run() throws(CommandFailure) -> Int32 {
        let progress = Progress(total: files.byteCount, .bytes)
        let list = files.files
        let said = Said()
        try Crowd.run(list.count, threads: jobs, tool: { EdgeClient(address, token: token) }) {
            index, client in
            let outcome = send(list[index], by: client, progress)
            if case .failed(let reason) = outcome {
                said.failed("\(list[index].path.visible): \(reason.visible)")
            }
            report(list[index], outcome)
        }
        progress.end()
        for path in files.unnamed {
            let reason = "the name is no UTF-8: left out"
            said.failed("\(path.visible): \(reason)")
            report(PutFiles.File(path: path, byteCount: 0), .failed(reason))
        }
        said.tell()
        return said.isEmpty ? 0 : 1
    }

    private func report(_ file: PutFiles.File, _ outcome: Outcome) {
        guard asJSON else {
            switch outcome {
            case .created(let hash), .known(let hash): print("\(hash)  \(file.path.visible)")
            case .failed: break
            }
            return
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("file", file.path)
        json.field("bytes", file.byteCount)
        switch outcome {
        case .created(let hash):
            json.field("hash", hash)
            json.field("status", "created")
        case .known(let hash):
            json.field("hash", hash)
            json.field("status", "known")
        case .failed(let reason):
            json.field("status", "failed")
            json.field("error", reason)
        }
        json.endObject()
        print(String(decoding: json.finish(), as: UTF8.self))
    }

    /// Whether the edge has the bytes, and an entry of them for whom they are sent. What may not be
    /// asked is found out by sending them.
    private func isKnown(_ hash: String, to client: EdgeClient) throws(ClientError) -> Bool {
        guard try client.ask("HEAD", "/originals/\(hash)").status == 200 else { return false }
        if owner == nil && token == nil { return true }
        let reply = try client.ask("GET", "/images/\(hash)")
        guard reply.status == 200 else { return false }
        guard let owner, let document = reply.json else { return true }
        // A token with an owner decides by itself, and sees nobody else's.
        let owners = (document["owners"]?.elements ?? []) + [document["owner"] ?? .null]
        return owners.contains { ($0.string ?? "") == owner }
    }

    private func send(
        _ file: PutFiles.File, by client: EdgeClient, _ progress: Progress
    ) -> Outcome {
        var sent = 0
        defer { progress.add(file.byteCount - sent) }
        do throws(ClientError) {
            let opened = try Opened.open(file.path)
            let hash = opened.hash.hex
            if try isKnown(hash, to: client) { return .known(hash) }
            let name = "name=\(PercentCoding.encode(file.name))"
            let target = "/originals/\(hash)?\(([name] + query).joined(separator: "&"))"
            let upload = EdgeClient.Upload(
                descriptor: opened.descriptor.rawValue, byteCount: opened.byteCount
            ) {
                // What is sent again is progress only once.
                let counted = min($0, file.byteCount - sent)
                sent += counted
                progress.add(counted)
            }
            let reply = try client.ask("PUT", target, upload: upload)
            switch reply.status {
            case 201: return .created(hash)
            case 200: return .known(hash)
            default: return .failed(reply.complaint)
            }
        } catch { return .failed("\(error)") }
    }
}

/// A file that is sent as it was hashed: what replaces it under its name meanwhile is another one.
private struct Opened: ~Copyable {
    let descriptor: OwnedDescriptor
    let byteCount: Int
    let hash: ContentHash

    static func open(_ path: String) throws(ClientError) -> Opened {
        do throws(SystemError) {
            let descriptor = try Files.open(path, flags: O_RDONLY)
            let byteCount = try Files.size(descriptor.rawValue)
            let hash = ContentHash(try SHA256Digest(ofFile: descriptor.rawValue))
            return Opened(descriptor: descriptor, byteCount: byteCount, hash: hash)
        } catch { throw .unreadableFile(error) }
    }
}
