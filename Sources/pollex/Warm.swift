internal import Client
internal import JSON
internal import Rendition
internal import Text

extension Command {
    static let warm = Command(
        name: "warm", summary: "have renditions made before anybody asks",
        forms: ["--sizes WxH,… [options] HASH…", "--sizes WxH,… [options] --all"],
        about: """
            Asks for each size of each image, so that the next to ask is answered from the cache.
            """,
        options: CommandOption.edge + [
            CommandOption("--sizes", "LIST", "as in URLs: 300x200,640x,x480"),
            CommandOption(
                "--formats", "LIST",
                "of avif webp jpg png; unless given, what a browser of none gets"),
            CommandOption("--options", "QUERY", "as in URLs: fit=cover&quality=70"),
            CommandOption("--all", "every image that these choose:"),
        ] + ImagePages.options + [.jobs("requests in flight", 2)],
        run: { words throws(CommandFailure) in try Warm(words).run() })
}

/// `pollex warm`: GETs whose content is dropped.
private struct Warm: Sendable {
    private static let hit: UTF8String = "; hit"
    private let address: EdgeAddress
    private let token: String?
    private let words: CommandWords
    private let sizes: [String]
    private let formats: [String]
    private let query: String
    private let jobs: Int

    init(_ words: CommandWords) throws(CommandFailure) {
        self.words = words
        address = try words.address("--to", else: "127.0.0.1:8080")
        token = try words.token()
        jobs = try words.number("--jobs", in: 1...64) ?? 2
        sizes = (words["--sizes"] ?? "").fields(separatedBy: ",")
            .map { String($0.withoutOuterBlanks) }
        guard !sizes.isEmpty else { throw .usage("warm needs --sizes.") }
        formats =
            words["--formats"]?.fields(separatedBy: ",").map {
                ".\($0.withoutOuterBlanks)"
            } ?? [""]
        query = words["--options"].map { "?\($0)" } ?? ""
        guard words.has("--all") != !words.operands.isEmpty else {
            throw .usage("warm needs hashes, or --all.")
        }
        for word in words.operands where ContentHash(hex: word) == nil {
            throw .usage("\(word) is no hash.")
        }
    }

    func run() throws(CommandFailure) -> Int32 {
        var hashes = words.operands
        if words.has("--all") {
            var pages = ImagePages(words, from: EdgeClient(address, token: token))
            while let images = try pages.next() {
                hashes += images.compactMap { $0["hash"]?.string?.string }
            }
        }
        // All sizes of one image side by side: the edge decodes it once for those that wait.
        let targets = hashes.flatMap { hash in
            sizes.flatMap { size in
                formats.map { "/thumbs/\(size)/\(hash)\($0)\(query)" }
            }
        }
        let progress = Progress(total: targets.count, .pieces)
        let said = Said()
        let made = Tally()
        try Crowd.run(targets.count, threads: jobs, tool: { EdgeClient(address, token: token) }) {
            index, client in
            defer { progress.add(1) }
            do throws(ClientError) {
                let reply = try follow(targets[index], by: client)
                guard reply.status == 200 else {
                    return said.failed("\(targets[index]): \(reply.complaint)")
                }
                let isHit = UTF8String(reply["cache-status"] ?? "").contains(Self.hit)
                made.count(isHit ? .known : .made)
            } catch { said.failed("\(targets[index]): \(error)") }
        }
        progress.end()
        said.tell()
        print("\(made.value(.made)) made, \(made.value(.known)) were there")
        return said.isEmpty ? 0 : 1
    }

    /// Another spelling is answered with the one that counts.
    private func follow(_ target: String, by client: EdgeClient) throws(ClientError) -> Reply {
        let reply = try client.ask("GET", target)
        guard reply.status == 308, let canonical = reply["location"],
            canonical.utf8.first == UInt8(ascii: "/")
        else {
            return reply
        }
        return try client.ask("GET", canonical)
    }
}
