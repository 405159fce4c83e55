internal import Coding
internal import Rendition
package import Text

/// A key that signs URLs.
package struct SigningKey: Equatable, Sendable {
    /// Stands in URLs.
    package let id: UTF8String
    package let secret: Secret

    /// Bytes that no log line, error or dump shows.
    package struct Secret: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
        package let bytes: [UInt8]
        package var description: String { "(secret)" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }

    package static let most = 32
    private static let secretByteCounts = 16...1024
    private static let keys: [UTF8String] = ["id", "secret"]

    /// Reads `{ id: "2026", secret: "<hex or base64url>" }`; `place` names it in errors, in which
    /// no value stands.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        guard case .object(let members) = value else {
            throw Misfit(place, reason: "must be an object with id and secret")
        }
        for member in members where !Self.keys.contains(member.key) {
            let nearest = Spelling.nearest(
                to: member.key.string, among: Self.keys.map(\.string))
            throw Misfit(
                place, reason: "has an unknown key; the nearest known one is \(place).\(nearest)")
        }
        guard case .string(let id)? = value["id"], URLKeys.isID(id) else {
            throw Misfit(
                "\(place).id", reason: "must be 1 to 32 letters, digits, hyphens or underscores")
        }
        guard case .string(let text)? = value["secret"], let bytes = Self.bytes(text),
            Self.secretByteCounts.contains(bytes.count)
        else {
            throw Misfit(
                "\(place).secret",
                reason: "must be 16 to 1024 bytes in hex or in base64url without padding")
        }
        (self.id, secret) = (UTF8String(id), Secret(bytes: bytes))
    }

    /// Hex where it can be read so: base64url of a random key never can.
    private static func bytes(_ text: String) -> [UInt8]? {
        Hex.bytes(text) ?? Base64.bytes(url: text)
    }
}
