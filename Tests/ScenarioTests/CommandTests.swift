import Foundation
import Glibc
import TestSupport
import Testing

/// The command line, by the real program before a real edge.
@Suite struct CommandTests {
    private let folder: Scratch

    init() throws { folder = try Scratch() }

    static let program = Edge.products.appending(path: "pollex").path

    /// Standard output, standard error, exit status.
    private func pollex(
        _ words: [String]
    ) throws -> (output: [String], talk: String, status: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = words
        let (output, talk) = (LineCollector(), LineCollector())
        process.standardOutput = output.pipe
        process.standardError = talk.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        output.start()
        talk.start()
        process.waitUntilExit()
        for stream in [output, talk] { _ = stream.await(seconds: 20) { _ in false } }
        return (output.lines, talk.lines.joined(separator: "\n"), process.terminationStatus)
    }

    @Test(arguments: ["/dev/zero", "FIFO"])
    func whatHasNoEndIsNotPut(name: String) throws {
        let path = name == "FIFO" ? "\(folder.path)/pipe" : name
        if name == "FIFO" { try #require(unsafe mkfifo(path, 0o600) == 0) }
        let said = try pollex(["put", "--to", "127.0.0.1:1", path])
        #expect(said.status == 1 && said.talk.contains("neither a file nor a folder"), "\(said)")
    }

    /// Two names that are no UTF-8 must not become one.
    @Test func wordsThatAreNoUTF8AreRefused() throws {
        for word in ["--owner \"$(printf 'caf\\351')\"", "\"$(printf 'a\\377')\""] {
            let said = try run(
                "/bin/sh",
                ["-c", "\(Self.program) token add --scopes read --data \(folder.path) \(word)"])
            #expect(said.status == 2, "\(said)")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.path("tokens.json5")))
    }

    /// A quotation mark before a combining mark is one.
    @Test func whateverAnOwnerIsCalledTokensCanBeRead() throws {
        #expect(try Edge(folder: folder).stop() == 0)
        let owners = ["a\"\u{301}b", "\\\u{301}", "plain"]
        for owner in owners {
            let words = ["token", "add", "--scopes", "read", "--owner", owner]
            #expect(try pollex(words + ["--data", folder.path]).status == 0)
        }
        let list = try pollex(["token", "list", "--data", folder.path])
        #expect(list.status == 0 && list.output.count >= owners.count, "\(list)")
        #expect(try Edge(folder: folder).stop() == 0)
    }

    @Test func whatCanNotBePrintedIsAFailure() throws {
        #expect(try Edge(folder: folder).stop() == 0)
        for words in ["version", "token add --scopes read --data \(folder.path)"] {
            let said = try run("/bin/sh", ["-c", "\(Self.program) \(words) > /dev/full"])
            #expect(said.status == 1, "\(words): \(said)")
        }
        let list = try pollex(["token", "list", "--data", folder.path])
        #expect(list.status == 0 && list.output.isEmpty, "\(list)")
    }

    private func put(_ names: [String], first: Int) throws -> [String] {
        try zip(names, first...).map { name, number in
            let path = "\(folder.path)/pictures/\(name)"
            let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            let photo = try Photos.small(number)
            try Data(photo).write(to: URL(fileURLWithPath: path))
            return contentHash(photo)
        }
    }

    private func url(_ edge: Edge) -> [String] { ["--to", "http://127.0.0.1:\(edge.port)"] }

    @Test func putTakesFoldersAndSkipsWhatIsKnown() throws {
        let edge = try Edge()
        let hashes = try put(["a.jpg", "deep/er/b c&d.jpg", "ü.jpg", ".hidden.jpg"], first: 4000)
        let shown = hashes.dropLast()
        let first = try pollex(["put", "\(folder.path)/pictures", "--tags", "x,y"] + url(edge))
        #expect(first.status == 0 && first.talk.isEmpty, "\(first)")
        #expect(Set(first.output.map { String($0.prefix(64)) }) == Set(shown))
        #expect(first.output.contains { $0.hasSuffix("  \(folder.path)/pictures/a.jpg") })
        let document = try edge.ask("/images/\(hashes[1])").object
        #expect(document["name"] as? String == "b c&d.jpg")
        #expect(document["tags"] as? [String] == ["x", "y"])
        #expect(try edge.ask("/images/\(hashes[3])").status == 404)
        let uploads = "pollex_request_duration_seconds_count{route=\"upload\",cache=\"none\"}"
        let before = try edge.metrics()[uploads]
        try Data("no picture".utf8).write(
            to: URL(fileURLWithPath: "\(folder.path)/pictures/z.txt"))
        let second = try pollex(["put", "--json", "\(folder.path)/pictures"] + url(edge))
        #expect(second.status == 1 && second.talk.contains("z.txt: 415"), "\(second)")
        let states = second.output.map(\.jsonObject).compactMap { $0["status"] as? String }
        #expect(states.sorted() == ["failed", "known", "known", "known"])
        // Only what the edge did not have was sent.
        #expect(try edge.metrics()[uploads] == (before ?? 0) + 1)
    }

    @Test func whatHasAnOddNameIsSaidAndMovesNoCursor() throws {
        let edge = try Edge()
        let hashes = try put(["a.jpg", "b\u{1B}]0;x\u{7}.jpg", "z.jpg"], first: 4100)
        try Data("none".utf8).write(
            to: URL(fileURLWithPath: "\(folder.path)/pictures/\u{1B}[2J\u{9B}1m.txt"))
        let odd = Array("\(folder.path)/pictures/caf".utf8) + [0xE9] + Array(".jpg".utf8)
        let words = odd.map { CChar(bitPattern: $0) } + [0]
        try #require(unsafe rename("\(folder.path)/pictures/z.jpg", words) == 0)
        let result = try pollex(["put", "\(folder.path)/pictures"] + url(edge))
        #expect(result.status == 1, "\(result)")
        #expect(result.talk.contains("the name is no UTF-8"), "\(result)")
        #expect(Set(result.output.map { String($0.prefix(64)) }) == Set(hashes.prefix(2)))
        let list = try pollex(["ls"] + url(edge))
        #expect(list.output.count == 2)
        for line in result.output + list.output + [result.talk] {
            #expect(
                !line.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B }, "\(line)")
        }
        #expect(list.output.contains { $0.contains("\\u{1b}") })
    }

    @Test func aRunThatWasCutOffIsGoneOnWith() throws {
        let edge = try Edge()
        let hashes = try put((0..<60).map { "\($0).jpg" }, first: 4100)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["put", "\(folder.path)/pictures", "--jobs", "1"] + url(edge)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        #expect(try edge.waits { try edge.total("pollex_images") > 3 })
        _ = Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let second = try pollex(["put", "--json", "\(folder.path)/pictures"] + url(edge))
        #expect(second.status == 0, "\(second.talk)")
        let states = second.output.map(\.jsonObject).compactMap { $0["status"] as? String }
        #expect(states.count == 60 && states.contains("known") && states.contains("created"))
        for hash in hashes { #expect(try edge.ask("/originals/\(hash)").status == 200) }
    }

    @Test func putNeedsTheTokenTheEdgeAsksFor() throws {
        let digest = contentHash(Array("open-sesame".utf8))
        let edge = try Edge(settings: [
            "AUTH_UPLOADS": "token",
            "AUTH_TOKENS": "[{ sha256: '\(digest)', scopes: ['upload'] }]",
        ])
        _ = try put(["a.jpg"], first: 4200)
        let words = ["put", "\(folder.path)/pictures"] + url(edge)
        let refused = try pollex(words)
        #expect(refused.status == 1 && refused.talk.contains("401"), "\(refused)")
        let file = "\(folder.path)/token"
        try "open-sesame\n".write(toFile: file, atomically: false, encoding: .utf8)
        let taken = try pollex(words + ["--token-file", file])
        #expect(taken.status == 0 && taken.output.count == 1, "\(taken)")
    }

    @Test func lsListsEveryPageAndFilters() throws {
        let edge = try Edge()
        let hashes = try put((0..<130).map { "\($0).jpg" }, first: 4300)
        let some = ["put", "\(folder.path)/pictures/7.jpg", "--tags", "seven"]
        #expect(try pollex(some + url(edge)).status == 0)
        let all = ["put", "\(folder.path)/pictures", "--owner", "ann", "--jobs", "8"]
        #expect(try pollex(all + url(edge)).status == 0)
        let listed = try pollex(["ls"] + url(edge)).output.map { String($0.prefix(64)) }
        // One is in two names: each has an entry of its own.
        #expect(listed.count == 131 && Set(listed) == Set(hashes))
        #expect(try pollex(["ls", "--limit", "105"] + url(edge)).output.count == 105)
        let seven = try pollex(["ls", "--tag", "seven", "--json"] + url(edge)).output
        #expect(seven.count == 1 && seven[0].jsonObject["hash"] as? String == hashes[7])
        #expect(try pollex(["ls", "--owner", "ann"] + url(edge)).output.count == 130)
    }

    @Test func rmDeletesAndSaysWhat() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(4500))
        let removed = try pollex(["rm", hash] + url(edge))
        #expect(removed.status == 0 && removed.output.first?.jsonObject["originals"] as? Int == 1)
        #expect(try edge.ask("/originals/\(hash)").status == 410)
        let unknown = String(repeating: "0", count: 64)
        let missed = try pollex(["rm", unknown] + url(edge))
        #expect(missed.status == 1 && missed.talk.contains("404"), "\(missed)")
    }

    @Test func warmLeavesOnlyHits() throws {
        let edge = try Edge()
        let hashes = try (4600..<4603).map { try edge.upload(try Photos.small($0)) }
        let words = ["warm", "--sizes", "120x80,60x", "--formats", "webp,jpg", "--all"] + url(edge)
        let made = try pollex(words)
        #expect(made.status == 0 && made.output == ["12 made, 0 were there"], "\(made)")
        #expect(try edge.reaches("pollex_cache_entries", 12))
        for hash in hashes {
            #expect(try edge.ask("/thumbs/120x80/\(hash).webp").isHit)
            #expect(try edge.ask("/thumbs/60x/\(hash).jpg").isHit)
        }
        #expect(try pollex(words).output == ["0 made, 12 were there"])
        let one = ["warm", "--sizes", "0x0", hashes[0]] + url(edge)
        #expect(try pollex(one).status == 1)
    }

    @Test func statsAreTheMetrics() throws {
        let edge = try Edge()
        try edge.upload(try Photos.small(4700))
        let admin = ["--admin", "127.0.0.1:\(edge.adminPort)"]
        let ready = try pollex(["ready"] + admin)
        #expect(ready.status == 0 && ready.output.first == "ready")
        #expect(try pollex(["ready", "--admin", "http://127.0.0.1:1"]).status == 1)
        let json = try pollex(["stats", "--json"] + admin).output
        #expect(json.first?.jsonObject["pollex_images"] as? Double == 1)
        let table = try pollex(["stats"] + admin)
        #expect(table.status == 0)
        #expect(table.output.contains { $0.wholeMatch(of: /images +1/) != nil }, "\(table.output)")
    }

    /// A terminal of its own, made by Python; what the program writes to it comes back.
    @Test func progressIsShownOnATerminalOnly() throws {
        let edge = try Edge()
        _ = try put((0..<5).map { "\($0).jpg" }, first: 4800)
        let script = """
            import pty, sys
            sys.exit(pty.spawn(sys.argv[1:]) >> 8)
            """
        let words = ["put", "\(folder.path)/pictures"] + url(edge)
        let shown = try run("/usr/bin/python3", ["-c", script, Self.program] + words)
        let text = String(decoding: shown.output, as: UTF8.self)
        #expect(shown.status == 0 && text.contains("100 %  ") && text.contains("MB/s"), "\(text)")
        #expect(try pollex(words).talk.isEmpty)
    }

    @Test(
        arguments: [
            (["put"], 2), (["put", "--jobs", "0", "x"], 2), (["put", "/no/such/file"], 1),
            (["ls", "--nonsense"], 2), (["ls", "--to", "ftp://h"], 2), (["ls", "--owner"], 2),
            (["rm", "abc"], 2), (["rm"], 2), (["warm", "--all"], 2), (["check", "x"], 2),
            (["warm", "--sizes", "1x1"], 2), (["check", "--data", "/no/such"], 1),
            (["stats", "--interval", "soon"], 2),
        ] as [([String], Int32)])
    func wrongWordsAndFailuresAreToldApart(words: [String], status: Int32) throws {
        let told = try pollex(words)
        #expect(told.status == status && told.output.isEmpty && !told.talk.isEmpty, "\(told)")
    }

    @Test(arguments: [
        "serve", "put", "ls", "rm", "warm", "check", "index", "stats", "ready", "token", "sign",
        "tls", "version",
    ])
    func everyCommandHasHelp(command: String) throws {
        let help = try pollex([command, "--help"])
        #expect(help.status == 0 && help.talk.isEmpty)
        #expect(help.output.first?.hasPrefix("usage: pollex \(command)") == true)
        #expect(try pollex(["--help"]).output.contains { $0.contains("  \(command) ") })
    }

    /// The declaration of the command line and the README's table of it.
    @Test func theReadmeNamesTheCommandsThatThereAre() throws {
        let listed = try pollex(["--help"]).output.compactMap { line in
            try? /\s\s([a-z]+)\s/.prefixMatch(in: line).map { String($0.output.1) }
        }
        let file = Photos.root.appending(path: "README.md")
        let readme = try String(contentsOf: file, encoding: .utf8)
        let rows = readme.split(separator: "\n").compactMap { line in
            try? /\|\s`pollex\s([a-z]+)/.prefixMatch(in: line).map { (String($0.output.1), line) }
        }
        #expect(listed.count > 5 && rows.map(\.0) == listed)
        for (command, row) in rows {
            let help = try pollex([command, "--help"]).output.joined(separator: "\n")
            for option in row.matches(of: /--[a-z-]+/) {
                #expect(help.contains("  \(option.output) "), "\(command) \(option.output)")
            }
        }
    }
}
