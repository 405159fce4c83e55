internal import Glibc
internal import LinuxIO
internal import Text

/// `pollex`: the command line.
@main struct Main {
    static func main() {
        let (arguments, unreadable) = Process.words()
        do throws(SystemError) {
            try Process.settle(serves: arguments.first == "serve")
        } catch {
            complain("\(error)")
            exit(1)
        }
        if let unreadable {
            complain("Word \(unreadable) is no UTF-8: names, owners and tags are.")
            exit(2)
        }
        switch arguments.first {
        case "--help", "help": print(Self.usage)
        case let word:
            if let command = Command.all.first(where: { $0.name == word }) {
                let status = command.start(Array(arguments.dropFirst()))
                // What was printed has not come anywhere yet.
                do throws(SystemError) { try Process.flushOutput() } catch {
                    complain("standard output: \(error)")
                    exit(max(1, status))
                }
                exit(status)
            }
            let problem = word.map { "There is no command \($0)." } ?? "A command is missing."
            complain("\(problem)\n\(Self.usage)")
            exit(2)
        }
    }

    static func complain(_ text: String) { say("pollex: \(text)") }

    /// Talk: on standard error. Names and answers in it may hold anything, and what would move a
    /// terminal's cursor is shown, not sent.
    static func say(_ text: String) {
        let lines = text.fields(separatedBy: "\n", keepsEmpty: true).map(\.visible)
        Process.write(Array("\(lines.joined(separator: "\n"))\n".utf8).span, to: 2)
    }

    private static let usage = """
        usage: pollex <command>
        \(Command.all.map { "  \($0.name.padded(to: 11))\($0.summary)" }.joined(separator: "\n"))
        --help after a command says more. Exit status: 0, 1 failed, 2 wrong words.
        """
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}

enum Version {
    static let text = "0.1.0"
}
