internal import Coding
internal import Configuration
internal import HTTP
internal import ImageAPI
internal import LinuxIO
internal import Text

extension Command {
    static let sign = Command(
        name: "sign", summary: "print a URL with a signature, by the configuration's keys",
        forms: ["URL [options]", "--upload [options]"],
        about: """
            URL is of a rendition or an original, with or without scheme and host, in any spelling.
            Prints the canonical URL with its signature. Exit status: 0; 1 there is no such key; 2
            the command line, the configuration or the URL is wrong. With --upload it prints
            path and query of a link by which whoever has it uploads within its bounds, without a
            token; it needs an end.
            """,
        options: [
            CommandOption(
                "--key", "ID", "the key of delivery.signingKeys to sign with; else the first"),
            CommandOption("--expires", "SECONDS", "the URL holds for so many seconds from now"),
            CommandOption(
                "--until", "TIME", "the URL holds until: Unix seconds or 2026-01-31T12:00:00Z"),
            CommandOption("--upload", "a link to upload by"),
            CommandOption("--bytes", "N", "its largest picture"),
            CommandOption("--count", "N", "pictures in all, 1 to \(UploadLink.greatestCount)"),
            CommandOption("--types", "LIST", "image/jpeg,image/png; else what the edge takes"),
            CommandOption("--owner", "NAME", "whose the pictures are"),
            CommandOption("--tags", "A,B", "tags of all of them"),
            CommandOption(
                "--config", "FILE",
                "where the keys are, unless POLLEX_DELIVERY_SIGNING_KEYS has them"),
        ],
        run: { words throws(CommandFailure) in
            if words.has("--upload") {
                try words.takeNoOperands()
                print(try uploadLink(words))
                return 0
            }
            guard words.operands.count == 1 else { throw .usage("sign takes one URL.") }
            let end = try SignatureEnd(words)
            let configuration = try words.configuration()
            print(
                try SignableURL(words.operands[0], policy: configuration.spelling).signed(
                    by: configuration.urlKeys, key: words["--key"],
                    expires: end.expires(now: Clock.wallSeconds()) ?? 0))
            return 0
        })

    private static func uploadLink(_ words: CommandWords) throws(CommandFailure) -> String {
        let now = Clock.wallSeconds()
        guard let end = try SignatureEnd(words).expires(now: now), end > now,
            end - now <= UploadLink.longestSeconds
        else {
            throw .usage(
                "An upload link ends within \(UploadLink.longestSeconds) s: --expires or --until.")
        }
        var link = UploadLink(expires: end)
        link.byteLimit = try words.number("--bytes", in: 1...Int.max)
        link.count = try words.number("--count", in: 1...UploadLink.greatestCount)
        link.types = (words["--types"] ?? "").fields(separatedBy: ",").map(String.init)
        guard link.types.allSatisfy({ UTF8String($0).starts(with: "image/") })
        else { throw .usage("--types takes media types, such as image/jpeg,image/png.") }
        link.owner = words["--owner"].map { UTF8String($0) }
        link.tags = (words["--tags"] ?? "").fields(separatedBy: ",").map { UTF8String($0) }
        let configuration = try words.configuration()
        guard let url = link.sealed(by: configuration.urlKeys, with: words["--key"]) else {
            throw .failed("There is no such key in delivery.signingKeys.")
        }
        return url
    }
}
