/// A seal that does not stand in its one place, and the target without it: for a redirect, or for
/// saying what is wrong. Never for verifying.
package struct ScatteredSeal {
    package enum Invalid: Error, Hashable, Sendable {
        case malformedExpires
        case duplicate
        case malformedEscape

        /// One sentence for the client. What the client sent is not in it.
        package var detail: String {
            switch self {
            case .malformedExpires: "The option expires must be a time in whole Unix seconds."
            case .duplicate: "The options expires and signature can be given once."
            case .malformedEscape: RenditionRequest.Invalid.malformedEscape.detail
            }
        }
    }

    package let bare: [UInt8]
    package private(set) var isSigned = false
    private var expires: [UInt8] = []
    private var signature: [UInt8] = []

    /// `nil` when nothing of a seal is there.
    package init?(in target: Span<UInt8>) throws(Invalid) {
        let plain: [UInt8]
        do throws(RenditionRequest.Invalid) {
            plain = try PercentEncoding.decodingUnreserved(target)
        } catch { throw .malformedEscape }
        let parts = plain.split(
            separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        var rest: [ArraySlice<UInt8>] = []
        var found = false
        for pair in parts[1].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let name = Array(pair.prefix { $0 != UInt8(ascii: "=") }) + [UInt8(ascii: "=")]
            let value = Array(pair.dropFirst(name.count))
            if URLSeal.signatureName.isSpelling(of: name.span) {
                guard !isSigned else { throw .duplicate }
                (isSigned, signature, found) = (true, value, true)
            } else if URLSeal.expiresName.isSpelling(of: name.span) {
                guard expires.isEmpty else { throw .duplicate }
                guard URLSeal.seconds(value.span) != nil else { throw .malformedExpires }
                (expires, found) = (value, true)
            } else {
                rest.append(pair)
            }
        }
        guard found else { return nil }
        let query = rest.joined(separator: [UInt8(ascii: "&")])
        bare = Array(parts[0]) + (rest.isEmpty ? [] : [UInt8(ascii: "?")] + query)
    }

    /// `target` with this seal in its place. A time without a signature binds nobody and goes.
    package func sealing(_ target: [UInt8]) -> [UInt8] {
        guard isSigned else { return target }
        var sealed = target
        if !expires.isEmpty { sealed.append(pair: "expires=", expires) }
        sealed.append(pair: "signature=", signature)
        return sealed
    }
}

extension [UInt8] {
    /// Adds a pair to the query of a target.
    mutating func append(pair name: String, _ value: some Sequence<UInt8>) {
        append(contains(UInt8(ascii: "?")) ? UInt8(ascii: "&") : UInt8(ascii: "?"))
        self += Array(name.utf8)
        self += value
    }
}
