package import Rendition

/// What the index keeps a state of, under the name by which those know it who keep it for several
/// edges: a byte that says what it is, then the rest.
package enum StateKey: Hashable, Sendable {
    /// All that is known of these bytes: entries, tombstone, verdict, what is still to be made.
    case image(ContentHash)
    /// How often an upload link was used.
    case link([UInt8])
    /// Who may do what, by a token's digest.
    case token([UInt8])

    // Stored: never renumber.
    private static let imageByte: UInt8 = 1
    private static let linkByte: UInt8 = 2
    private static let tokenByte: UInt8 = 3
    private static let purgeByte: UInt8 = 4

    package var name: [UInt8] {
        switch self {
        case .image(let hash): [Self.imageByte] + hash.byteArray
        case .link(let mark): [Self.linkByte] + mark
        case .token(let digest): [Self.tokenByte] + digest
        }
    }

    /// `nil` for what another version keeps.
    package init?(name: [UInt8]) {
        let rest = Array(name.dropFirst())
        switch name.first {
        case Self.imageByte:
            guard let hash = ContentHash(raw: rest.span) else { return nil }
            self = .image(hash)
        case Self.linkByte:
            guard !rest.isEmpty else { return nil }
            self = .link(rest)
        case Self.tokenByte:
            guard rest.count == ContentHash.byteCount else { return nil }
            self = .token(rest)
        default: return nil
        }
    }

    /// What was made of these bytes is void. No state of the index: those who hear of it forget.
    package static func purge(_ hash: ContentHash) -> [UInt8] { [purgeByte] + hash.byteArray }

    /// `nil`: no purge.
    static func purged(_ name: [UInt8]) -> ContentHash? {
        guard name.first == purgeByte else { return nil }
        return ContentHash(raw: name.span.extracting(droppingFirst: 1))
    }

    /// Between these lie all tokens.
    package static let tokens = (first: [tokenByte], last: [tokenByte + 1])

    /// Between these lie links that ended before that time, in Unix seconds.
    package static func links(endedBefore time: Int64) -> (first: [UInt8], last: [UInt8]) {
        let end = UInt64(max(0, time)).sortableBytes
        return ([linkByte], [linkByte] + end)
    }
}
