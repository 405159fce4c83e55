internal import Coding
internal import HTTP
internal import ImageIndex
internal import Text

/// The parameters of `GET /images`.
struct ImageListing {
    static let parameters: Set<UTF8String> = [
        "limit", "cursor", "owner", "tag", "type", "status", "name", "since", "until",
    ]
    private static let limits = 1...500

    enum Invalid: Error {
        case parameter(UTF8String, rule: String)

        var detail: String {
            switch self {
            case .parameter(let name, let rule): "The parameter \(name) must be \(rule)."
            }
        }
    }

    var query = ImageQuery()
    let limit: Int
    let cursor: ImageCursor?
    private let others: [(name: UTF8String, value: UTF8String)]

    init(_ items: QueryItems) throws(Invalid) {
        guard let limit = DecimalNumber.parse((items["limit"] ?? "50").string),
            Self.limits.contains(limit)
        else { throw .parameter("limit", rule: "a number from 1 to 500") }
        self.limit = limit
        if let text = items["cursor"] {
            guard let cursor = ImageCursor(text.string)
            else { throw .parameter("cursor", rule: "one that a listing gave") }
            self.cursor = cursor
        } else {
            cursor = nil
        }
        others = items.items.filter { $0.name != "cursor" }
        query.owner = items["owner"]
        query.tag = items["tag"]
        query.name = items["name"]
        if let text = items["type"] {
            guard let type = MediaType(text.string)
            else { throw .parameter("type", rule: "a media type such as image/jpeg") }
            query.type = type
        }
        if let text = items["status"] {
            guard let status = ImageDocument.Status(word: text.string)
            else { throw .parameter("status", rule: "stored, processing, ready or failed") }
            query.status = status
        }
        query.since = try Self.time("since", items)
        query.until = try Self.time("until", items)
    }

    private static func time(_ name: UTF8String, _ items: QueryItems) throws(Invalid) -> Int64? {
        guard let text = items[name] else { return nil }
        guard let time = RFC3339.microseconds(text.string)
        else { throw .parameter(name, rule: "a time such as 2026-01-31T12:00:00Z") }
        return time
    }

    /// The same listing, from `cursor` on.
    func target(after cursor: ImageCursor) -> String {
        let items = others.map { "\($0.name)=\(PercentCoding.encode($0.value.string))" }
        return "/images?" + (items + ["cursor=\(cursor.text)"]).joined(separator: "&")
    }
}
