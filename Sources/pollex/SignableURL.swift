internal import Rendition
internal import Text

/// A URL that a signature can be put to: what stands before the path, and the canonical target.
struct SignableURL {
    private let origin: String
    private let target: [UInt8]

    init(_ url: String, policy: RenditionPolicy) throws(CommandFailure) {
        var path = url[...]
        if let scheme = url.firstRange(of: "://") {
            let authority = url[scheme.upperBound...]
            path = authority[(authority.firstPlace(of: "/") ?? authority.endIndex)...]
        }
        origin = String(url[..<path.startIndex])
        let normal: NormalTarget
        do throws(RenditionRequest.Invalid) {
            normal = try NormalTarget(Array(path.utf8).span)
            target = try Self.canonical(normal, policy)
        } catch { throw .invalid(error.detail) }
        guard !normal.isSigned && normal.isAnswered else {
            throw .invalid("The URL has expires or signature already.")
        }
    }

    private static func canonical(
        _ normal: NormalTarget, _ policy: RenditionPolicy
    ) throws(RenditionRequest.Invalid) -> [UInt8] {
        if let hash = try normal.original() { return NormalTarget.target(ofOriginal: hash) }
        return try RenditionRequest.parse(target: normal.bare.span, policy: policy).canonicalTarget
    }

    /// - Parameters:
    ///   - key: an id; `nil` is the first.
    ///   - expires: Unix seconds; 0: for ever.
    func signed(
        by keys: URLKeys, key: String?, expires: Int64
    ) throws(CommandFailure) -> String {
        guard let sealed = keys.sealing(target, expires: expires, with: key) else {
            throw .failed(
                key.map { "There is no key \($0) in delivery.signingKeys." }
                    ?? "There is no key in delivery.signingKeys.")
        }
        return origin + String(decoding: sealed, as: UTF8.self)
    }
}
