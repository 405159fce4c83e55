internal import Coding
internal import HTTP
internal import Text

/// How long a signature or a token holds.
struct SignatureEnd {
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

    /// Unix seconds; `nil`: for ever.
    func expires(now: Int64) -> Int64? {
        if let until { return until }
        return seconds.map { min(Self.latest, now + $0) }
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
