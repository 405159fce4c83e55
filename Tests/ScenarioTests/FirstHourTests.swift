import Foundation
import TestSupport
import Testing

/// What somebody types who has just come: it is answered in words that help.
@Suite struct FirstHourTests {
    private func pollex(_ words: String...) throws -> (output: String, talk: String, status: Int32)
    {
        let process = Process()
        process.executableURL = Edge.products.appending(path: "pollex")
        process.arguments = words
        let (output, talk) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, talk)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = talk.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            String(decoding: said, as: UTF8.self), String(decoding: complained, as: UTF8.self),
            process.terminationStatus
        )
    }

    @Test func theUsualWordsForVersionAndHelpAreKnown() throws {
        let version = try pollex("version").output
        #expect(version.hasPrefix("pollex "))
        #expect(try pollex("--version").output == version && pollex("-V").output == version)
        let help = try pollex("--help")
        #expect(help.status == 0 && help.output.hasPrefix("usage: pollex"))
        #expect(try pollex("-h").output == help.output && pollex("help").output == help.output)
        let put = try pollex("put", "--help")
        #expect(put.output.hasPrefix("usage: pollex put"))
        #expect(try pollex("help", "put").output == put.output)
        #expect(try pollex("put", "-h").output == put.output)
        #expect(try pollex("help", "nonsense").status == 2)
    }

    @Test func aTypoIsAnsweredByOneLine() throws {
        let cases = [
            (["srve"], "Did you mean serve?"), (["stat"], "Did you mean stats?"),
            (["put", "--tokn-file", "x"], "Did you mean --token-file?"),
            (["put", "--token", "x"], "Did you mean --token-file?"),
            (["ls", "--ower=ada"], "Did you mean --owner?"),
        ]
        for (words, hint) in cases {
            let said = try words.count == 1 ? pollex(words[0]) : pollex(words[0], words[1])
            #expect(said.status == 2 && said.talk.contains(hint), "\(said)")
            #expect(said.talk.split(separator: "\n").count == 1, "\(said)")
        }
        let unlike = try pollex("zzzzzzzz")
        #expect(unlike.status == 2 && !unlike.talk.contains("Did you mean"))
        #expect(unlike.talk.contains("pollex help"))
    }

    @Test func anOptionMayBeJoinedToItsValue() throws {
        let said = try pollex("ls", "--to=127.0.0.1:1", "--owner=a=b")
        #expect(said.status == 1 && said.talk.contains("127.0.0.1:1"), "\(said)")
        #expect(try pollex("ls", "--json=x").status == 2)
    }

    /// Errors name the address, the path and the reason.
    @Test func errorsSayWhereAndWhy() throws {
        let edge = try Edge()
        let second = try pollex(
            "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data",
            edge.folder.path)
        #expect(second.status == 1 && second.talk.contains(edge.folder.path), "\(second)")
        #expect(second.talk.contains("another process"), "\(second)")
        #expect(!second.talk.contains("inUse") && !second.talk.contains("failed("))
        let noPlace = try pollex(
            "serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data",
            "/proc/no-such/data")
        #expect(noPlace.status == 1 && noPlace.talk.contains("/proc/no-such/data"), "\(noPlace)")
        #expect(noPlace.talk.contains("No such file") && !noPlace.talk.contains("failed("))
    }

    @Test func aTokenCanHaveAnEnd() throws {
        let closed = ["AUTH_UPLOADS": "token", "AUTH_INDEX": "token"]
        let edge = try Edge(settings: closed)
        let data = ["--data", edge.folder.path]
        func add(_ words: String...) throws -> String {
            let all = ["token", "add", "--scopes", "read"] + words + data
            let said = try run(Edge.products.appending(path: "pollex").path, all)
            // Beside what is said to the person there is one line, the token.
            let lines = String(decoding: said.output, as: UTF8.self).split(separator: "\n")
            return String(try #require(lines.first { $0.hasPrefix("pollex_") }))
        }
        func ask(_ secret: String) throws -> Int {
            try edge.ask("GET", "/images", ["Authorization: Bearer \(secret)"]).status
        }
        let lasting = try add("--expires", "3600")
        #expect(try edge.waits { try ask(lasting) == 200 })
        let ended = try add("--until", "2026-01-01T00:00:00Z")
        #expect(try ask(ended) == 401)
        let list = try pollex("token", "list", data[0], data[1]).output
        #expect(list.contains("read until 20") && list.contains("expired 2026-01-01T00:00:00"))
        let unknown = try pollex("token", "revoke", "abc", data[0], data[1])
        #expect(
            unknown.status == 1 && unknown.talk.contains("There is no such token"), "\(unknown)")
        let id = String(contentHash(Array(lasting.utf8)).prefix(4))
        let short = try pollex("token", "revoke", id, data[0], data[1])
        #expect(short.status == 1 && short.talk.contains("too short"), "\(short)")
        #expect(try ask(lasting) == 200)
    }

    /// On terminals of many widths, made by Python: no line is longer than the screen, `q` ends it.
    @Test(arguments: [20, 40, 200])
    func figuresFitTheTerminal(columns: Int) throws {
        let edge = try Edge()
        let script = """
            import fcntl, os, pty, struct, sys, termios
            pid, terminal = pty.fork()
            if pid == 0:
                os.environ["TERM"] = "xterm"
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, \(columns), 0, 0))
                os.execv(sys.argv[1], sys.argv[1:])
            shown = b""
            while b"descriptors" not in shown:
                shown += os.read(terminal, 4096)
            os.write(terminal, b"q")
            _, status = os.waitpid(pid, 0)
            sys.stdout.buffer.write(shown)
            sys.exit(os.waitstatus_to_exitcode(status))
            """
        let program = Edge.products.appending(path: "pollex").path
        let shown = try run(
            "/usr/bin/python3",
            ["-c", script, program, "stats", "--admin", "127.0.0.1:\(edge.adminPort)"])
        let text = String(decoding: shown.output, as: UTF8.self)
        #expect(shown.status == 0, "\(text)")
        let plain = text.replacing(/\u{1B}\[[0-9]*[A-Z]/, with: "")
        let lines = plain.split(whereSeparator: \.isNewline)
        #expect(lines.count > 15 && lines.allSatisfy { $0.count < columns }, "\(plain)")
        if columns == 200 {
            #expect(lines[0].contains("127.0.0.1:\(edge.adminPort), up 00:"), "\(lines[0])")
            #expect(plain.contains("latency of hits"))
        }
    }

    @Test func refusalsOfUploadsSayWhatToDo() throws {
        let edge = try UploadLinkTests.start()
        let bearer = "Authorization: Bearer all"
        try edge.ask("POST", "/images", [bearer], body: Array("no picture".utf8))
            .expectProblem(415, saying: "image/jpeg, image/png")
        let mangled = Array(try Photos.small(1).filter { $0 != 10 && $0 != 13 }.prefix(400))
        let type = "Content-Type: application/x-www-form-urlencoded"
        try edge.ask("POST", "/images", [bearer, type], body: mangled)
            .expectProblem(422, saying: "--data-binary")
        let form = "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na.jpg\r\n--b--\r\n"
        let fields = [bearer, "Content-Type: multipart/form-data; boundary=b"]
        try edge.ask("POST", "/images", fields, body: Array(form.utf8))
            .expectProblem(400, saying: "file=@")
        try edge.ask("GET", "/images", ["Authorization: Bearer ada"])
            .expectProblem(403, saying: "scope read")
    }
}
