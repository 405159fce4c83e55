internal import Client
internal import Coding
internal import JSON
internal import Text

/// The images a running edge lists, page after page.
struct ImagePages {
    private let client: EdgeClient
    private var target: String?

    /// Parameters of the listing, under their names.
    static let options = [
        CommandOption("--owner", "NAME", "only images of this owner"),
        CommandOption("--tag", "TAG", "only images that have it"),
        CommandOption("--type", "TYPE", "only images of this media type"),
        CommandOption("--status", "STATUS", "only images that are stored, ready or failed"),
        CommandOption("--name", "TEXT", "only images by their name"),
        CommandOption("--since", "TIME", "only images uploaded then or later (RFC 3339)"),
        CommandOption("--until", "TIME", "only images uploaded before"),
    ]

    init(_ words: CommandWords, from client: EdgeClient) {
        self.client = client
        let query = Self.options.map(\.name).sorted().compactMap { option in
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
