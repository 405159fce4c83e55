internal import Answers
internal import ImageIndex
internal import JSON
internal import Text

/// The body of `POST /uploads`: the bounds of a link, as JSON.
struct UploadLinkRequest {
    static let maximumByteCount = 64 << 10
    private(set) var seconds = 0
    private(set) var byteLimit: Int?
    private(set) var count: Int?
    private(set) var types: [String] = []
    private(set) var owner: UTF8String?
    private(set) var tags: [UTF8String] = []

    init(_ body: [UInt8]) throws(ProblemAnswer) {
        for member in try JSONBody.members(of: body) {
            let name = member.name.string
            switch member.name {
            case "expires":
                seconds = try Self.number(member, in: 1...UploadLink.longestSeconds)
            case "bytes": byteLimit = try Self.number(member, in: 1...Int(Int32.max) * 1024)
            case "count": count = try Self.number(member, in: 1...UploadLink.greatestCount)
            case "types": types = try Self.types(member)
            case "owner":
                guard case .string(let text) = member.value, !text.isEmpty,
                    text.utf8.count <= ImageDocument.Limits.ownerBytes
                else { throw JSONBody.refusal(name, "a name") }
                owner = text
            case "tags":
                guard case .array(let values) = member.value,
                    values.count <= ImageDocument.Limits.tags
                else { throw JSONBody.refusal(name, "a list of tags") }
                for value in values {
                    guard case .string(let text) = value, let tag = ImageDocument.tag(text),
                        tag.utf8.count <= ImageDocument.Limits.tagBytes
                    else { throw JSONBody.refusal(name, "a list of tags") }
                    tags.append(tag)
                }
            default:
                throw JSONBody.refusal(
                    "The member \(name.prefix(40))",
                    "one of expires, bytes, count, types, owner and tags")
            }
        }
        guard seconds > 0 else {
            throw JSONBody.refusal("expires", "a number of seconds: a link has an end")
        }
    }

    private static func number(
        _ member: JSONValue.Member, in range: ClosedRange<Int>
    ) throws(ProblemAnswer) -> Int {
        guard case .number(let text) = member.value, let number = Int(text), range.contains(number)
        else {
            throw JSONBody.refusal(
                member.name.string, "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return number
    }

    private static func types(_ member: JSONValue.Member) throws(ProblemAnswer) -> [String] {
        let words = "a list of media types, such as image/jpeg"
        guard case .array(let values) = member.value, (1...16).contains(values.count)
        else { throw JSONBody.refusal(member.name.string, words) }
        var types: [String] = []
        for value in values {
            guard case .string(let text) = value, text.starts(with: "image/"),
                MediaType(text.string) != nil, !text.utf8.contains(where: ",&?#%".utf8.contains)
            else { throw JSONBody.refusal(member.name.string, words) }
            types.append(text.string)
        }
        return types
    }
}
