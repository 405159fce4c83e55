internal import Configuration
internal import Edge
internal import LinuxIO
internal import Text

/// `pollex sign`: a URL with a signature, by the configuration's keys.
enum Sign {
    /// The exit status: 0, 1 when there is no such key, 2 for what can not be signed.
    static func run(_ words: [String]) -> Int32 {
        do throws(Problem) {
            let arguments = try SignArguments(words)
            guard let url = arguments.url else {
                print(usage)
                return 0
            }
            let configuration: Configuration
            do throws(ConfigurationError) {
                configuration = try Configuration.load(
                    file: arguments.configurationFile, environment: try Process.environment(),
                    flags: [])
            } catch { throw .misuse("\(error)") }
            let now = Clock.wallMicroseconds() / 1_000_000
            print(
                try SignableURL(url, policy: configuration.spelling).signed(
                    by: configuration.urlKeys, key: arguments.key,
                    expires: arguments.expires(now: now)))
            return 0
        } catch {
            Main.complain(error.text)
            return error.status
        }
    }

    enum Problem: Error {
        case misuse(String)
        case noKey(String)

        var text: String {
            switch self {
            case .misuse(let text), .noKey(let text): text
            }
        }

        var status: Int32 {
            switch self {
            case .misuse: 2
            case .noKey: 1
            }
        }
    }

    static let usage = """
        usage: pollex sign URL [--key ID] [--expires SECONDS | --until TIME] [--config FILE]
          URL         of a rendition or an original, with or without scheme and host; any spelling
          --key       the key of delivery.signingKeys to sign with; else the first
          --expires   the URL holds for so many seconds from now
          --until     the URL holds until then: Unix seconds or 2026-01-31T12:00:00Z
          --config    where the keys are, unless POLLEX_DELIVERY_SIGNING_KEYS has them
        Prints the canonical URL with its signature. Exit status: 0; 1 there is no such key; 2 the
        command line, the configuration or the URL is wrong.
        """
}
