import Foundation
import Glibc
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

    /// Made of the same declaration as the help: all of it is in both.
    @Test func theManualAndTheCompletionsKnowAllCommandsAndOptions() throws {
        let manual = try pollex("help", "--manual").output
        let shells = try ["bash", "zsh"].map { try pollex("help", "--completion", $0).output }
        let commands = try pollex("help").output.matches(of: #/(?m)^  ([a-z]+) /#)
            .map { String($0.output.1) }
        #expect(commands.count > 10)
        for command in commands {
            #expect(manual.contains("\n.SS \(command)\n"))
            for option in try pollex("help", command).output.matches(of: #/(?m)^  (--[a-z\-]+)/#) {
                let name = String(option.output.1)
                #expect(manual.contains(name.replacing("-", with: "\\-")), "\(name)")
                for shell in shells { #expect(shell.contains(name), "\(name)") }
            }
        }
        #expect(manual.contains("POLLEX_LIMITS_OUTPUT_SIDE"))
        #expect(try pollex("help", "--completion", "nonsense").status == 2)
    }

    @Test(.enabled(if: ForeignProgram.areThere("bash"), "needs bash"))
    func bashCompletes() throws {
        let script = """
            source <("$0" help --completion bash)
            try() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); COMPREPLY=(); _pollex
                    echo "${COMPREPLY[*]}"; }
            cd /etc; try pollex st; try pollex put --to; try pollex put --owner ""; try pollex ls ""
            try pollex serve --config passw; try pollex put host.con; try pollex help ver
            """
        let program = Edge.products.appending(path: "pollex").path
        let said = try run("/bin/bash", ["-c", script, program])
        let lines = String(decoding: said.output, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "stats" && lines[1] == "--to --token-file", "\(lines)")
        #expect(lines[2] == "" && lines[3] == "", "\(lines)")
        #expect(lines[4].contains("passwd") && lines[5] == "host.conf", "\(lines)")
        #expect(lines[6] == "version", "\(lines)")
    }

    @Test(.enabled(if: ForeignProgram.areThere("man"), "needs man-db"))
    func manHasNothingToSayOfTheManual() throws {
        let folder = try Scratch()
        let file = folder.path + "/pollex.1"
        try pollex("help", "--manual").output.write(
            toFile: file, atomically: false, encoding: .utf8)
        let shown = try run(
            "/bin/sh", ["-c", "LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -l \"$0\" 2>&1", file])
        let text = String(decoding: shown.output, as: UTF8.self)
        #expect(shown.status == 0 && !text.contains("warning:"), "\(text)")
        #expect(text.contains("pollex put [options] FILE|DIR"), "\(text)")
    }

    /// What systemd hands to the service alone wins over the file, and is in no environment.
    @Test func keysMayComeAsACredential() throws {
        let folder = try Scratch()
        let (file, credentials) = (folder.path + "/a.json5", folder.path + "/credentials")
        try FileManager.default.createDirectory(
            atPath: credentials, withIntermediateDirectories: false)
        try "{ quotas: { addressBytesPerDay: 5 }, console: 'off' }".write(
            toFile: file, atomically: false, encoding: .utf8)
        try "{ quotas: { addressBytesPerDay: 7 } }".write(
            toFile: credentials + "/pollex.json5", atomically: false, encoding: .utf8)
        let edge = try Edge(
            configuration: file,
            launcher: "export CREDENTIALS_DIRECTORY='\(credentials)'")
        try edge.ask("POST", "/images", body: [UInt8](repeating: 0, count: 6)).expectProblem(415)
        try edge.ask("POST", "/images", body: [UInt8](repeating: 0, count: 8)).expectProblem(429)
        try edge.ask("/console/").expectProblem(404)
    }

    /// A profile that takes Landlock away is not called a kernel that has none.
    @Test(arguments: [(1, "a profile around this process refuses"), (38, "hides it"), (95, "lsm=")])
    func whoWithholdsLandlockIsSaid(error: Int, words: String) throws {
        let script = """
            import ctypes, os, sys
            seccomp = ctypes.CDLL("libseccomp.so.2")
            seccomp.seccomp_init.restype = ctypes.c_void_p
            context = ctypes.c_void_p(seccomp.seccomp_init(0x7fff0000))
            for number in (444, 445, 446):
                assert seccomp.seccomp_rule_add(context, 0x50000 | \(error), number, 0) == 0
            assert seccomp.seccomp_load(context) == 0
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let folder = try Scratch()
        let said = try run(
            "/bin/sh",
            [
                "-c", "exec python3 -c \"$0\" \"$@\" 2>&1", script,
                Edge.products.appending(path: "pollex").path, "serve", "--listen", "127.0.0.1:0",
                "--admin", "127.0.0.1:0", "--data", folder.path,
            ])
        let text = String(decoding: said.output, as: UTF8.self)
        #expect(said.status == 1 && text.contains("there is no landlock"), "\(text)")
        #expect(text.contains(words) && text.contains("sandbox.allowMissing"), "\(text)")
    }

    /// As process 1 of a container it reaps whoever loses its parent, and passes SIGTERM on.
    @Test(.enabled(if: geteuid() == 0, "makes a namespace"))
    func processOneReapsAndDrains() throws {
        let edge = try Edge(launcher: "exec unshare --pid --fork --kill-child \"$0\" \"$@\" #")
        let first = try #require(Self.child(of: edge.process.processIdentifier))
        let program = try #require(Self.child(of: first))
        let left = try run(
            "/usr/bin/nsenter",
            ["--target", "\(first)", "--pid", "sh", "-c", "sleep 0.1 > /dev/null 2>&1 &"])
        #expect(left.status == 0)
        #expect(
            edge.waits {
                Self.children(of: first) == [program]
            }, "\(Self.children(of: first))")
        kill(first, SIGTERM)
        edge.process.waitUntilExit()
        #expect(edge.process.terminationStatus == 0)
        #expect(edge.event("stopped") != nil, "\(edge.output)")
    }

    private static func children(of process: pid_t) -> [pid_t] {
        let path = "/proc/\(process)/task/\(process)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    private static func child(of process: pid_t) -> pid_t? { children(of: process).first }
}
