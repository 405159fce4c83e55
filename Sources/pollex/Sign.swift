internal import Coding
internal import Configuration
internal import HTTP
internal import LinuxIO
internal import Text

extension Command {
    static let sign = Command(
        name: "sign", summary: "print a URL with a signature, by the configuration's keys",
        forms: ["URL [options]"],
        about: """
            URL is of a rendition or an original, with or without scheme and host, in any spelling.
            Prints the canonical URL with its signature. Exit status: 0; 1 there is no such key; 2
            the command line, the configuration or the URL is wrong.
            """,
        options: [
            CommandOption(
                "--key", "ID", "the key of delivery.signingKeys to sign with; else the first"),
            CommandOption("--expires", "SECONDS", "the URL holds for so many seconds from now"),
            CommandOption(
                "--until", "TIME", "the URL holds until: Unix seconds or 2026-01-31T12:00:00Z"),
            CommandOption(
                "--config", "FILE",
                "where the keys are, unless POLLEX_DELIVERY_SIGNING_KEYS has them"),
        ],
        run: { words throws(CommandFailure) in
            guard words.operands.count == 1 else { throw .usage("sign takes one URL.") }
            let end = try SignatureEnd(words)
            let configuration = try words.configuration()
            print(
                try SignableURL(words.operands[0], policy: configuration.spelling).signed(
                    by: configuration.urlKeys, key: words["--key"],
                    expires: end.expires(now: Clock.wallSeconds())))
            return 0
        })
}

/// How long a signature holds.
private struct SignatureEnd {
    private let seconds: Int64?
    private let until: Int64?
    /// As far as a URL's `expires` reaches, in Unix seconds.
    private static let latest: Int64 = 999_999_999_999

    init(_ words: CommandWords) throws(CommandFailure) {
        if let text = words["--expires"] {
            seconds = try Self.number(text, of: "--expires")
        } else {
            seconds = nil
        }
        if let text = words["--until"] { until = try Self.time(text) } else { until = nil }
        guard seconds == nil || until == nil
        else { throw .usage("--expires and --until exclude each other.") }
    }

    /// Unix seconds; 0: for ever.
    func expires(now: Int64) -> Int64 {
        if let until { return until }
        return seconds.map { min(Self.latest, now + $0) } ?? 0
    }

    private static func time(_ text: String) throws(CommandFailure) -> Int64 {
        if let microseconds = RFC3339.microseconds(text) { return microseconds / 1_000_000 }
        return try number(text, of: "--until")
    }

    private static func number(_ text: String, of name: String) throws(CommandFailure) -> Int64 {
        guard let number = DecimalNumber.parse(text).map(Int64.init), (1...latest).contains(number)
        else {
            throw .usage(
                name == "--until"
                    ? "--until must be Unix seconds or a time such as 2026-01-31T12:00:00Z."
                    : "--expires must be a whole number of seconds.")
        }
        return number
    }
}
