internal import Client
internal import JSON
internal import Text

extension Command {
    static let list = Command(
        name: "ls", summary: "list images, newest first",
        forms: ["[options]"],
        about: """
            Prints a line for each image: hash, bytes, size in pixels, type, status, time, name.
            """,
        options: CommandOption.edge + ImagePages.options + [
            CommandOption("--limit", "N", "at most so many"),
            CommandOption("--json", "the documents, one a line"),
        ],
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            let client = EdgeClient(
                try words.address("--to", else: "127.0.0.1:8080"), token: try words.token())
            var left = try words.number("--limit", in: 1...Int.max) ?? Int.max
            var pages = ImagePages(words, from: client)
            while left > 0, let images = try pages.next() {
                for image in images.prefix(left) {
                    print(words.has("--json") ? json(image) : line(image))
                }
                left -= min(left, images.count)
            }
            return 0
        })

    private static func json(_ image: JSONValue) -> String {
        var json = JSONWriter()
        json.value(image)
        return String(decoding: json.finish(), as: UTF8.self)
    }

    private static func line(_ image: JSONValue) -> String {
        func text(_ key: UTF8String) -> String {
            guard let value = image[key], value != .null else { return "-" }
            return value.shown
        }
        let size = "\(text("width"))x\(text("height"))"
        // A name may hold anything, also what would move a terminal's cursor.
        return [
            text("hash"), text("bytes"), size, text("type"), text("status"), text("uploadedAt"),
            image["name"]?.string?.string ?? "",
        ].map(\.visible).joined(separator: "\t")
    }
}
