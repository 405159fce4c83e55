internal import Coding
internal import Edge
internal import HTTP

/// The command line of `pollex sign`.
struct SignArguments {
    /// `nil` asks for help.
    private(set) var url: String?
    private(set) var configurationFile: String?
    private(set) var key: String?
    private var seconds: Int64?
    private var until: Int64?
    /// As far as a URL's `expires` reaches, in Unix seconds.
    private static let latest: Int64 = 999_999_999_999

    init(_ words: [String]) throws(Sign.Problem) {
        if words.contains("--help") { return }
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.utf8.first == UInt8(ascii: "-") else {
                guard url == nil else { throw .misuse("sign takes one URL.") }
                url = word
                continue
            }
            guard ["--config", "--key", "--expires", "--until"].contains(word)
            else { throw .misuse("sign does not know \(word).") }
            guard let value = rest.popFirst() else { throw .misuse("\(word) needs a value.") }
            switch word {
            case "--config": configurationFile = value
            case "--key": key = value
            case "--expires": seconds = try Self.number(value, of: word)
            default: until = try Self.time(value)
            }
        }
        guard url != nil else { throw .misuse("sign needs a URL.") }
        guard seconds == nil || until == nil
        else { throw .misuse("--expires and --until exclude each other.") }
    }

    /// Unix seconds; 0: for ever.
    func expires(now: Int64) -> Int64 {
        if let until { return until }
        return seconds.map { min(Self.latest, now + $0) } ?? 0
    }

    private static func time(_ text: String) throws(Sign.Problem) -> Int64 {
        if let microseconds = RFC3339.microseconds(text) { return microseconds / 1_000_000 }
        return try number(text, of: "--until")
    }

    private static func number(_ text: String, of name: String) throws(Sign.Problem) -> Int64 {
        guard let number = DecimalNumber.parse(text).map(Int64.init), (1...latest).contains(number)
        else {
            throw .misuse(
                name == "--until"
                    ? "--until must be Unix seconds or a time such as 2026-01-31T12:00:00Z."
                    : "--expires must be a whole number of seconds.")
        }
        return number
    }
}
