internal import Coding
package import Permission
package import Text

/// A bearer token as the configuration knows it: never the token itself.
package struct AccessToken: Equatable, Sendable {
    /// SHA-256 of the token.
    package var digest: [UInt8]
    package var scopes: Set<Scope>
    /// Whose images it may touch; `nil` is everybody's.
    package var owner: UTF8String?

    /// When it ends, in Unix seconds; `nil`: never.
    package var expires: Int64?

    package init(
        digest: [UInt8], scopes: Set<Scope>, owner: UTF8String?, expires: Int64? = nil
    ) {
        (self.digest, self.scopes, self.owner) = (digest, scopes, owner)
        self.expires = expires
    }

    package func isExpired(at now: Int64) -> Bool { expires.map { $0 <= now } ?? false }

    /// Of the digest, 64 digits.
    package var hex: String { Hex.text(of: digest) }

    /// Enough of it to name the token.
    package var id: String { String(hex.prefix(12)) }

    /// In the order they are declared.
    package var scopeWords: [String] {
        Scope.allCases.filter(scopes.contains).map(\.rawValue)
    }

    private static let keys: [UTF8String] = ["sha256", "scopes", "owner", "expires"]

    /// Reads `{ sha256: "<64 hex>", scopes: ["upload"], owner: "name",
    /// expires: <Unix seconds> }`; `place` names it in
    /// errors.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        try value.requireKeys(Self.keys, at: place, expected: "an object with sha256 and scopes")
        guard case .string(let hex)? = value["sha256"], let digest = Hex.bytes(hex),
            digest.count == 32, Hex.text(of: digest) == hex
        else {
            let given = value["sha256"] ?? .null
            throw Misfit("\(place).sha256", given, expected: "64 lower-case hex digits")
        }
        let given = value["scopes"] ?? .null
        let words = Words(Scope.allCases, \.rawValue)
        guard let scopes = words.values(of: given), !scopes.isEmpty else {
            throw Misfit("\(place).scopes", given, expected: "a list of \(words.list)")
        }
        switch value["owner"] {
        case nil: owner = nil
        case .string(let name)? where !name.isEmpty: owner = UTF8String(name)
        case let other?: throw Misfit("\(place).owner", other, expected: "a name")
        }
        switch value["expires"] {
        case nil: expires = nil
        case .integer(let seconds)? where seconds > 0: expires = Int64(seconds)
        case let other?: throw Misfit("\(place).expires", other, expected: "Unix seconds")
        }
        self.digest = digest
        self.scopes = Set(scopes)
    }
}
