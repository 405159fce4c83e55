internal import Client
internal import Coding
internal import JSON
internal import Text

/// The images a running edge lists, page after page.
struct ImagePages {
    private let client: EdgeClient
    private var target: String?

    static let options: Set<UTF8String> = [
        "--owner", "--tag", "--type", "--status", "--name", "--since", "--until",
    ]
    static let usage = """
          --owner --tag --type --status --name --since --until VALUE
                             only those images (times as RFC 3339)
        """

    init(_ words: CommandWords, from client: EdgeClient) {
        self.client = client
        let query = Self.options.sorted().compactMap { option in
            words[option].map { "\(option.string.dropFirst(2))=\(PercentCoding.encode($0))" }
        }
        target = "/images?" + (["limit=100"] + query).joined(separator: "&")
    }

    /// The next page's documents; `nil` at the end.
    mutating func next() throws(CommandFailure) -> [JSONValue]? {
        guard let page = target else { return nil }
        let reply: Reply
        do throws(ClientError) { reply = try client.ask("GET", page) } catch {
            throw .failed("\(error)")
        }
        guard reply.status == 200, let object = reply.json,
            let images = object["images"]?.elements
        else { throw .failed(reply.complaint) }
        target = object["next"]?.string.map { cursor in
            let plain = page.fields(separatedBy: "&").filter {
                !UTF8String($0).starts(with: "cursor=")
            }
            return plain.joined(separator: "&") + "&cursor=\(PercentCoding.encode(cursor.string))"
        }
        return images
    }
}
