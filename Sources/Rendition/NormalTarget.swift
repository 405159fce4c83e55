/// A target with everything undone that a cache or gateway may do to one without meaning another
/// thing: escapes of what needs none, another order of the parameters, empty ones, a query with
/// nothing in it. What is canonical then is answered as the canonical target is, under the same
/// entity tag; only the rest is redirected.
///
/// So no redirect can come back to itself: where it leads to has no escapes, its parameters are in
/// the order of the alphabet, and none is empty. Whatever of the above is done to that is undone
/// here, and it is answered.
package struct NormalTarget {
    /// Without a seal.
    package let bare: [UInt8]
    /// Digits; empty: none.
    private let expires: [UInt8]
    private let signature: [UInt8]?

    package var isSigned: Bool { signature != nil }

    package init(_ target: Span<UInt8>) throws(RenditionRequest.Invalid) {
        let plain = try PercentEncoding.decodingUnreserved(target)
        let mark = plain.firstIndex(of: UInt8(ascii: "?")) ?? plain.endIndex
        var pairs: [ArraySlice<UInt8>] = []
        var expires: [UInt8] = []
        var signature: [UInt8]?
        for pair in plain[mark...].dropFirst().split(separator: UInt8(ascii: "&")) {
            let name = Array(pair.prefix { $0 != UInt8(ascii: "=") }) + [UInt8(ascii: "=")]
            let value = Array(pair.dropFirst(name.count))
            if URLSeal.signatureName.isSpelling(of: name.span) {
                guard signature == nil else { throw .duplicateSeal }
                signature = value
            } else if URLSeal.expiresName.isSpelling(of: name.span) {
                guard expires.isEmpty else { throw .duplicateSeal }
                guard URLSeal.seconds(value.span) != nil else { throw .malformedExpires }
                expires = value
            } else {
                pairs.append(pair)
            }
        }
        pairs.sort { $0.lexicographicallyPrecedes($1) }
        let query = pairs.joined(separator: [UInt8(ascii: "&")])
        bare = plain[..<mark] + (pairs.isEmpty ? [] : [UInt8(ascii: "?")] + query)
        (self.expires, self.signature) = (expires, signature)
    }

    /// Whether it is but another spelling of a bare target that is canonical. A time without a
    /// signature binds nobody, and is nothing that came on the way.
    package var isAnswered: Bool { isSigned || expires.isEmpty }

    /// The original that a bare `/originals/<hash>` names, by hex digits of any case; `nil` for
    /// another route.
    package func original() throws(RenditionRequest.Invalid) -> ContentHash? {
        guard Self.originals.isPrefix(of: bare.span) else { return nil }
        let hex = bare.span.extracting(droppingFirst: Self.originals.utf8CodeUnitCount)
        guard let hash = ContentHash(hexOfAnyCase: hex) else {
            throw .malformedHash(given: RenditionRequest.quoted(hex))
        }
        return hash
    }

    /// What names an original in the one spelling.
    package static func target(ofOriginal hash: ContentHash) -> [UInt8] {
        Array("\(originals)\(hash.hex)".utf8)
    }

    private static let originals: StaticString = "/originals/"

    /// A canonical target with the seal that stands here.
    package func sealing(_ canonical: [UInt8]) -> [UInt8] {
        guard let signature else { return canonical }
        var sealed = canonical
        if !expires.isEmpty { sealed.insert(pair: URLSeal.expiresName, expires) }
        sealed.insert(pair: URLSeal.signatureName, signature)
        return sealed
    }
}

extension [UInt8] {
    /// Puts a pair into the query of a target, in its place in the alphabet.
    ///
    /// - Parameter name: with the equals sign.
    mutating func insert(pair name: StaticString, _ value: [UInt8]) {
        let pair = (0..<name.utf8CodeUnitCount).map { name.byte(at: $0) } + value
        guard let mark = firstIndex(of: UInt8(ascii: "?")) else {
            self += [UInt8(ascii: "?")] + pair
            return
        }
        let pairs = self[(mark + 1)...].split(separator: UInt8(ascii: "&"))
        if let next = pairs.first(where: { pair.lexicographicallyPrecedes($0) }) {
            insert(contentsOf: pair + [UInt8(ascii: "&")], at: next.startIndex)
        } else {
            self += [UInt8(ascii: "&")] + pair
        }
    }
}
