import Foundation

/// A Python that runs one script after the other: to start one for each takes longer than most of
/// them run. A script sees what the prelude defines, and nothing of the scripts before it.
final class Python: @unchecked Sendable {
    // Used by one thread at a time, whoever holds it.
    private let process = Process()
    private let scripts = Pipe()
    private let answers = Pipe()
    private var unread = Data()

    struct HasEnded: Error {}

    init(_ interpreter: String, _ prelude: String) throws {
        process.executableURL = URL(filePath: interpreter)
        process.arguments = ["-c", prelude + Self.loop]
        process.environment = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"]
        (process.standardInput, process.standardOutput) = (scripts, answers)
        try process.run()
    }

    deinit { process.terminate() }

    /// What it printed as `output`, or as `failure` what became of it.
    func run(_ script: String, _ arguments: [String]) throws -> [String: String] {
        let asked: [Any] = [script, arguments]
        let line = try JSONSerialization.data(withJSONObject: asked) + Data("\n".utf8)
        try scripts.fileHandleForWriting.write(contentsOf: line)
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...end) }
                let answer = try JSONSerialization.jsonObject(with: unread[..<end])
                guard let answer = answer as? [String: String] else { throw HasEnded() }
                return answer
            }
            let more = answers.fileHandleForReading.availableData
            if more.isEmpty { throw HasEnded() }
            unread += more
        }
    }

    private static let loop = """

        import contextlib, json, os, traceback
        scripts, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), 'w')
        # For what the scripts start.
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        for line in scripts:
            script, args = json.loads(line)
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(script, dict(globals(), args=args))
                answer = {'output': printed.getvalue()}
            except BaseException:
                answer = {'failure': traceback.format_exc()}
            print(json.dumps(answer), file=answers, flush=True)
        """
}
