import Foundation
import Testing

@testable import HTTP

/// One request of the corpus of raw HTTP/1 requests gathered from other servers' tests.
struct RawRequest: Decodable, Sendable, CustomTestStringConvertible {
    let id: String
    let verdict: String
    let req: Data

    var bytes: [UInt8] { Array(req) }
    var testDescription: String { id }

    /// Empty where the corpus is not at hand.
    static let all: [RawRequest] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "../shared/corpora/http1/raw.jsonl").standardizedFileURL
        guard let lines = try? Data(contentsOf: file) else { return [] }
        let decoder = JSONDecoder()
        return lines.split(separator: UInt8(ascii: "\n")).compactMap {
            try? decoder.decode(RawRequest.self, from: $0)
        }
    }()
}
