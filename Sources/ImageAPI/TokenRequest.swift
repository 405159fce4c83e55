internal import Answers
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
        for member in try JSONBody.members(of: body) {
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
                else { throw JSONBody.refusal("expires", "seconds, ten years at most") }
                seconds = number
            default:
                throw JSONBody.refusal(
                    "The member \(member.name.string.prefix(40))",
                    "scopes (a list), owner (a name) or expires (seconds)")
            }
        }
        guard !scopes.isEmpty else { throw Self.scopesRefusal }
    }

    private static let scopesRefusal = JSONBody.refusal(
        "scopes", "a list of some of upload, read, delete and admin")
}
