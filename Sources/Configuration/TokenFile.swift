internal import Coding
internal import Text

/// The tokens that `pollex token` manages: a list as in `auth.tokens`, in a file of the data
/// directory that a running edge looks at.
package enum TokenFile {
    package static let name = "tokens.json5"
    /// Each request's token is compared with all of them.
    package static let tokenLimit = 1000
    package static let byteLimit = 1 << 20

    /// - Parameter source: names the file in errors.
    package static func parse(
        _ document: [UInt8], source: String
    ) throws(ConfigurationError) -> [AccessToken] {
        let root: JSON5Value
        do { root = try JSON5Reader.parse(document) } catch {
            throw .malformed(
                source: source, line: error.line, column: error.column, reason: error.reason)
        }
        guard case .array(let elements) = root, elements.count <= tokenLimit else {
            throw .invalidValue(
                key: "the document", source: source,
                reason: "\(root.excerpt) is no list of at most \(tokenLimit) tokens")
        }
        var tokens: [AccessToken] = []
        for (index, element) in elements.enumerated() {
            do { tokens.append(try AccessToken(element, place: "[\(index)]")) } catch {
                throw .invalidValue(key: error.place, source: source, reason: error.reason)
            }
        }
        return tokens
    }

    package static func text(of tokens: [AccessToken]) -> String {
        let lines = tokens.map { "  \(element(of: $0)),\n" }
        return "// Written by pollex token; holds no token, only the SHA-256 of each.\n[\n"
            + lines.joined() + "]\n"
    }

    /// One of the list.
    package static func element(of token: AccessToken) -> String {
        let scopes = token.scopeWords.map { "\"\($0)\"" }.joined(separator: ", ")
        let owner = token.owner.map { ", owner: \(quoted($0.string))" } ?? ""
        let end = token.expires.map { ", expires: \($0)" } ?? ""
        return "{ sha256: \"\(token.hex)\", scopes: [\(scopes)]\(owner)\(end) }"
    }

    /// By its bytes: a quotation mark before a combining mark is one.
    private static func quoted(_ text: String) -> String {
        let escaped = text.utf8.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): [UInt8(ascii: "\\"), byte]
            case 0..<0x20, 0x7F:
                Array("\\u00".utf8) + [Hex.digit(byte >> 4), Hex.digit(byte & 15)]
            default: [byte]
            }
        }
        return "\"" + String(decoding: escaped, as: UTF8.self) + "\""
    }
}
