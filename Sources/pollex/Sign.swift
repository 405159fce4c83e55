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
                    expires: end.expires(now: Clock.wallSeconds()) ?? 0))
            return 0
        })
}
