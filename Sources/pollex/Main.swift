internal import Configuration
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
        let status = start(arguments)
        // What was printed has not come anywhere yet.
        do throws(SystemError) { try Process.flushOutput() } catch {
            complain("standard output: \(error)")
            exit(max(1, status))
        }
        exit(status)
    }

    /// The exit status.
    private static func start(_ arguments: [String]) -> Int32 {
        let rest = Array(arguments.dropFirst())
        switch arguments.first {
        case nil:
            complain("A command is missing.\n\(usage)")
            return 2
        case "--version", "-V": return Command.version.start(rest)
        case "--help", "-h", "help":
            guard let word = rest.first else {
                print(usage)
                return 0
            }
            if let made = generated(rest) {
                print(made, terminator: "")
                return 0
            }
            return command(named: word).map { $0.start(["--help"]) } ?? 2
        case let word?: return command(named: word).map { $0.start(rest) } ?? 2
        }
    }

    /// What `make install` puts beside the program: the manual, and completions of shells.
    private static func generated(_ words: [String]) -> String? {
        switch words.first {
        case "--manual" where words.count == 1: Manual.text
        case "--completion" where words.count == 2: Completion.text(for: words[1])
        default: nil
        }
    }

    /// `nil`, and told so: there is none of this name.
    private static func command(named word: String) -> Command? {
        let names = Command.all.map(\.name)
        if let found = Command.all.first(where: { $0.name == word }) { return found }
        let hint = Spelling.likely(word, among: names).map { " Did you mean \($0)?" } ?? ""
        complain("There is no command \(word).\(hint) pollex help lists them.")
        return nil
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
        pollex help COMMAND says more. Exit status: 0, 1 failed, 2 wrong words.
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
