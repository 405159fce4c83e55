internal import Text

/// One command: its words, its help, what it does. Everything the command line knows of it stands
/// in this declaration.
struct Command: Sendable {
    let name: String
    /// One line of the list of commands.
    let summary: String
    /// What may follow the name, a line each.
    let forms: [String]
    /// What the words mean, for the help.
    let about: String
    var options: [CommandOption] = []
    /// What the help ends with.
    var appendix: @Sendable () -> String = { "" }
    /// The exit status.
    let run: @Sendable (CommandWords) throws(CommandFailure) -> Int32

    static let all: [Command] = [
        serve, put, importing, list, remove, warm, check, originals, index, stats, ready, token,
        sign, tls,
        version,
    ]

    static let version = Command(
        name: "version", summary: "what this is", forms: [""],
        about: "Prints the program's name and version.",
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            print("pollex \(Version.text)")
            return 0
        })

    private static func asksForHelp(_ word: UTF8String) -> Bool { word == "--help" || word == "-h" }

    func start(_ words: [String]) -> Int32 {
        let options = words.map { UTF8String($0) }.prefix(while: { $0 != UTF8String("--") })
        if options.contains(where: Self.asksForHelp) {
            print(usage + appendix())
            return 0
        }
        do throws(CommandFailure) { return try run(try CommandWords(words, of: self)) } catch {
            Main.complain(error.text + (error.isUsage ? " pollex help \(name) says more." : ""))
            return error.status
        }
    }

    var usage: String {
        let width = options.map(\.shown.count).max() ?? 0
        let heads = forms.enumerated().map { number, form in
            (number == 0 ? "usage: " : "       ") + "pollex \(name)" + (form.isEmpty ? "" : " ")
                + form
        }
        return (heads + [about] + options.map { $0.help(width: width) }).joined(separator: "\n")
    }
}

/// A long option of a command.
struct CommandOption: Sendable {
    let name: UTF8String
    /// What stands for its value in the help; `nil`: it is a flag, and has none.
    let value: String?
    let text: String

    /// - Parameter text: what it means, in lines for the help.
    init(_ name: UTF8String, _ value: String, _ text: String) {
        (self.name, self.value, self.text) = (name, value, text)
    }

    /// A flag.
    init(_ name: UTF8String, _ text: String) {
        (self.name, value, self.text) = (name, nil, text)
    }

    fileprivate var shown: String { "\(name)\(value.map { " \($0)" } ?? "")" }

    fileprivate func help(width: Int) -> String {
        let lines = text.fields(separatedBy: "\n", keepsEmpty: true)
        let indent = String(repeating: " ", count: width + 4)
        return "  \(shown.padded(to: width + 2))" + lines.joined(separator: "\n\(indent)")
    }

    // What several commands take.

    /// Of a command that asks an edge.
    static let edge =
        [
            CommandOption(
                "--to", "URL", "the edge, http://127.0.0.1:8080 unless given; or https://…"),
            CommandOption(
                "--token-file", "FILE", "where the edge asks for a token: a file that holds it"),
        ] + secure

    /// Of TLS.
    static let secure = [
        CommandOption(
            "--ca", "FILE", "of https: who vouches for the edge, instead of the system's"),
        CommandOption(
            "--client-certificate", "FILE", "where the edge asks for one, with --client-key"),
        CommandOption("--client-key", "FILE", "its private key"),
    ]
    static let data = CommandOption("--data", "DIR", "the data directory, ./data unless given")
    static let admin = CommandOption(
        "--admin", "URL", "its admin listener, http://127.0.0.1:8081 unless given")
    static func jobs(_ what: String, _ standard: Int) -> CommandOption {
        CommandOption("--jobs", "N", "\(what), 1 to 64; \(standard) unless given")
    }
}
