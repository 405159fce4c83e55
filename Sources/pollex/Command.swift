internal import Text

/// One command besides `serve`: its words, what it does.
struct Command: Sendable {
    let name: String
    /// One line of the list of commands.
    let summary: String
    let usage: String
    var options: Set<UTF8String> = []
    var flags: Set<UTF8String> = []
    /// The exit status.
    let run: @Sendable (CommandWords) throws(CommandFailure) -> Int32

    static let all: [Command] = [put, list, remove, warm, check, index, stats]

    /// What every command that asks an edge takes.
    static let edgeOptions: Set<UTF8String> = ["--to", "--token-file"]
    static let edgeUsage = """
          --to URL           the edge, http://127.0.0.1:8080 unless given (https is not spoken)
          --token-file FILE  where the edge asks for a token: a file that holds it
        """

    func start(_ words: [String]) -> Int32 {
        if words.contains("--help") {
            print(usage)
            return 0
        }
        do throws(CommandFailure) {
            return try run(try CommandWords(words, options: options, flags: flags))
        } catch {
            switch error {
            case .usage(let text):
                Main.complain("\(text)\n\(usage)")
                return 2
            case .failed(let text):
                Main.complain(text)
                return 1
            }
        }
    }
}
