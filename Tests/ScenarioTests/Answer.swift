import Foundation
import Testing

/// One response as it came over the wire.
struct Answer: CustomStringConvertible {
    let status: Int
    /// In their order, names in lower case.
    let fields: [(name: String, value: String)]
    var content: [UInt8] = []

    subscript(name: String) -> String? { fields.first { $0.name == name.lowercased() }?.value }

    var text: String { String(decoding: content, as: UTF8.self) }
    var description: String { "\(status) \(fields) \(text.prefix(300))" }
    var isHit: Bool { self["cache-status"]?.contains("; hit") ?? false }

    /// The content as a JSON object; empty when it is none.
    var object: [String: Any] {
        let value = try? JSONSerialization.jsonObject(with: Data(content))
        return value as? [String: Any] ?? [:]
    }

    static func parseHead(_ bytes: [UInt8]) throws -> Answer {
        var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let statusLine = lines.removeFirst()
        guard statusLine.wholeMatch(of: /HTTP\/1\.1 [1-5][0-9][0-9] [ -~]*/) != nil,
            let status = Int(statusLine.dropFirst(9).prefix(3))
        else { throw Connection.Failure.notHTTP(statusLine) }
        let fields = lines.filter { !$0.isEmpty }.map { line in
            let name = line.prefix { $0 != ":" }
            let value = line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
            return (name.lowercased(), value)
        }
        return Answer(status: status, fields: fields)
    }

    /// Requires an error as the contract has it: the status, a problem document that repeats it,
    /// and a request id in both.
    func expectProblem(
        _ expected: Int, saying word: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(status == expected, "\(self)", sourceLocation: sourceLocation)
        #expect(
            self["content-type"] == "application/problem+json", "\(self)",
            sourceLocation: sourceLocation)
        let problem = object
        #expect(problem["status"] as? Int == expected, sourceLocation: sourceLocation)
        for key in ["type", "title", "detail"] {
            #expect(
                (problem[key] as? String)?.isEmpty == false, "\(key) of \(self)",
                sourceLocation: sourceLocation)
        }
        let id = self["x-request-id"]
        #expect(id?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(id.map { text.contains($0) } == true, "\(self)", sourceLocation: sourceLocation)
        if let word {
            #expect(
                (problem["detail"] as? String)?.contains(word) == true, "\(self)",
                sourceLocation: sourceLocation)
        }
    }
}
