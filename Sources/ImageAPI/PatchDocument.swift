internal import Answers
internal import HTTP
internal import ImageIndex
internal import JSON
internal import Rendition
internal import Text

/// The body of `PATCH /images/<hash>`, a JSON merge patch (RFC 7396) of what a client may change.
struct PatchDocument {
    static let mediaTypes: [UTF8String] = ["application/merge-patch+json", "application/json"]
    static let maximumByteCount = 64 << 10

    enum Invalid: Error {
        case json(offset: Int)
        case content(String)
    }

    private(set) var patch = ImagePatch()

    init(_ body: [UInt8]) throws(Invalid) {
        let value: JSONValue
        do throws(JSONValue.Malformed) { value = try JSONValue(body) } catch {
            throw .json(offset: error.offset)
        }
        guard case .object(let members) = value
        else { throw .content("The patch must be an object.") }
        for member in members {
            switch member.name {
            case "name": patch.name = .set(try Self.text(member))
            case "owner": patch.owner = .set(try Self.text(member))
            case "tags": patch.tags = .set(try Self.tags(member))
            case "attributes": patch.attributes = try Self.attributes(member)
            case "focus": patch.focus = .set(try Self.focus(member))
            default:
                throw .content(
                    "There is no member \(member.name.string.prefix(40)) to patch: "
                        + "name, owner, tags, attributes and focus are.")
            }
        }
    }

    private static func text(_ member: JSONValue.Member) throws(Invalid) -> UTF8String? {
        switch member.value {
        case .null: return nil
        case .string(let text) where !text.isEmpty: return text
        default: throw .content("The member \(member.name) must be a text or null.")
        }
    }

    private static func tags(_ member: JSONValue.Member) throws(Invalid) -> [UTF8String] {
        if case .null = member.value { return [] }
        guard case .array(let values) = member.value else { throw .tags }
        var tags: [UTF8String] = []
        for value in values {
            guard case .string(let text) = value, let tag = ImageDocument.tag(text)
            else { throw .tags }
            if !tags.contains(tag) { tags.append(tag) }
            // The rest would be refused anyway, and not so soon.
            guard tags.count <= ImageDocument.Limits.tags else { break }
        }
        return tags
    }

    private static func attributes(
        _ member: JSONValue.Member
    ) throws(Invalid) -> ImagePatch.AttributeEdit {
        if case .null = member.value { return .clear }
        guard case .object(let members) = member.value else { throw .attributes }
        var changes: [UTF8String: UTF8String?] = [:]
        for member in members {
            switch member.value {
            case .null: changes.updateValue(nil, forKey: member.name)
            case .string(let text): changes[member.name] = text
            default: throw .attributes
            }
        }
        return .merge(changes)
    }

    /// Both numbers or none, so that what is merged is what was sent.
    private static func focus(_ member: JSONValue.Member) throws(Invalid) -> FocalPoint? {
        if case .null = member.value { return nil }
        guard case .object(let members) = member.value, members.count == 2 else { throw .focus }
        var (x, y): (UInt16?, UInt16?)
        for member in members {
            switch member.name {
            case "x": x = try thousandths(member.value)
            case "y": y = try thousandths(member.value)
            default: throw .focus
            }
        }
        guard let x, let y, let point = FocalPoint(x: x, y: y) else { throw .focus }
        return point
    }

    /// The nearest to what may have any number of digits.
    private static func thousandths(_ value: JSONValue) throws(Invalid) -> UInt16 {
        guard case .number(let text) = value, let number = Double(text), 0...1 ~= number
        else { throw .focus }
        return UInt16((number * Double(Gravity.scale)).rounded())
    }
}

extension PatchDocument.Invalid {
    fileprivate static let tags = Self.content("The member tags must be a list of texts or null.")
    fileprivate static let attributes = Self.content(
        "The member attributes must be an object of texts, or null; a null in it takes one away.")

    fileprivate static let focus = Self.content(
        "The member focus must be an object of the two numbers x and y, each from 0 to 1, or null.")

    var answer: ProblemAnswer {
        switch self {
        case .json(let offset):
            ProblemAnswer(
                status: .badRequest,
                detail: "The body is not JSON: it goes wrong at byte \(offset).")
        case .content(let detail): ProblemAnswer(status: .unprocessableContent, detail: detail)
        }
    }
}
