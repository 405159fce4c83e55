internal import Client
internal import Foundation
internal import Text

extension Command {
    static let list = Command(
        name: "ls", summary: "list images, newest first",
        usage: """
            usage: pollex ls [options]
            Prints a line for each image: hash, bytes, size in pixels, type, status, time, name.
            \(edgeUsage)
            \(ImagePages.usage)
              --limit N          at most so many
              --json             the documents, one a line
            """,
        options: edgeOptions.union(ImagePages.options).union(["--limit"]), flags: ["--json"],
        run: { words throws(CommandFailure) in
            guard words.operands.isEmpty else { throw .usage("ls takes no \(words.operands[0]).") }
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

    private static func json(_ object: [String: Any]) -> String {
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try? JSONSerialization.data(withJSONObject: object, options: options)
        // In JSON these stand in texts only, where they may be escaped.
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes ?? Data(), as: UTF8.self).unicodeScalars {
            if 0x7F..<0xA0 ~= scalar.value {
                text += "\\u00\(String(scalar.value, radix: 16))".unicodeScalars
            } else {
                text.append(scalar)
            }
        }
        return String(text)
    }

    private static func line(_ image: [String: Any]) -> String {
        func text(_ key: String) -> String { image[key].map { "\($0)" } ?? "-" }
        let size = "\(text("width"))x\(text("height"))"
        // A name may hold anything, also what would move a terminal's cursor.
        return [
            text("hash"), text("bytes"), size, text("type"), text("status"), text("uploadedAt"),
            image["name"] as? String ?? "",
        ].map(\.visible).joined(separator: "\t")
    }
}
