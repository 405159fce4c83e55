internal import Answers
internal import HTTP
internal import JSON

/// A request's body that has to be a JSON object, and what is said of one that is not right.
enum JSONBody {
    static func members(of body: [UInt8]) throws(ProblemAnswer) -> [JSONValue.Member] {
        let value: JSONValue
        do throws(JSONValue.Malformed) { value = try JSONValue(body) } catch {
            throw PatchDocument.Invalid.json(offset: error.offset).answer
        }
        guard case .object(let members) = value else { throw refusal("The body", "an object") }
        return members
    }

    static func refusal(_ what: String, _ rule: String) -> ProblemAnswer {
        ProblemAnswer(status: .unprocessableContent, detail: "\(what) must be \(rule).")
    }
}
