internal import Answers
internal import HTTP
internal import ImageIndex
internal import JSON
internal import Permission
internal import Text

/// The body of `POST /tokens`, as JSON.
struct TokenRequest {
    static let maximumByteCount = 4 << 10
    private static let longestSeconds = 10 * 31_536_000

    private(set) var scopes: Set<Scope> = []
    private(set) var owner: UTF8String?
    /// From now on; `nil`: it has no end.
    private(set) var seconds: Int?

    init(_ body: [UInt8]) throws(ProblemAnswer) {
        let value: JSONValue
        do throws(JSONValue.Malformed) { value = try JSONValue(body) } catch {
            throw PatchDocument.Invalid.json(offset: error.offset).answer
        }
        guard case .object(let members) = value else { throw Self.refusal("The body", "an object") }
        for member in members {
            switch (member.name, member.value) {
            case ("scopes", .array(let values)):
                for value in values {
                    guard case .string(let word) = value, let scope = Scope(rawValue: word.string)
                    else { throw Self.scopesRefusal }
                    scopes.insert(scope)
                }
            case ("owner", .null), ("expires", .null): continue
            case ("owner", .string(let name))
            where (1...ImageDocument.Limits.ownerBytes).contains(name.utf8.count):
                owner = name
            case ("expires", .number(let text)):
                guard let number = Int(text), (1...Self.longestSeconds).contains(number)
                else { throw Self.refusal("expires", "seconds, ten years at most") }
                seconds = number
            default:
                throw Self.refusal(
                    "The member \(member.name.string.prefix(40))",
                    "scopes (a list), owner (a name) or expires (seconds)")
            }
        }
        guard !scopes.isEmpty else { throw Self.scopesRefusal }
    }

    private static let scopesRefusal = refusal(
        "scopes", "a list of some of upload, read, delete and admin")

    private static func refusal(_ what: String, _ rule: String) -> ProblemAnswer {
        ProblemAnswer(status: .unprocessableContent, detail: "\(what) must be \(rule).")
    }
}
