internal import Rendition
internal import Text

/// A URL that a signature can be put to: what stands before the path, and the canonical target.
struct SignableURL {
    private let origin: String
    private let target: [UInt8]

    init(_ url: String, policy: RenditionPolicy) throws(Sign.Problem) {
        var path = url[...]
        if let scheme = url.firstRange(of: "://") {
            let authority = url[scheme.upperBound...]
            path = authority[(authority.firstPlace(of: "/") ?? authority.endIndex)...]
        }
        origin = String(url[..<path.startIndex])
        let given = Array(path.utf8)
        let seal: ScatteredSeal?
        do throws(ScatteredSeal.Invalid) { seal = try ScatteredSeal(in: given.span) } catch {
            throw .misuse(error.detail)
        }
        guard seal == nil else { throw .misuse("The URL has expires or signature already.") }
        target = try Self.canonical(given, policy)
    }

    private static func canonical(
        _ target: [UInt8], _ policy: RenditionPolicy
    ) throws(Sign.Problem) -> [UInt8] {
        let originals = Array("/originals/".utf8)
        if target.starts(with: originals) {
            guard ContentHash(hex: Array(target.dropFirst(originals.count)).span) != nil
            else { throw .misuse("A hash is 64 lower-case hex digits, a SHA-256.") }
            return target
        }
        do throws(RenditionRequest.Invalid) {
            return try RenditionRequest.parse(target: target.span, policy: policy).canonicalTarget
        } catch { throw .misuse(error.detail) }
    }

    /// - Parameters:
    ///   - key: an id; `nil` is the first.
    ///   - expires: Unix seconds; 0: for ever.
    func signed(
        by keys: URLKeys, key: String?, expires: Int64
    ) throws(Sign.Problem) -> String {
        guard let sealed = keys.sealing(target, expires: expires, with: key) else {
            throw .noKey(
                key.map { "There is no key \($0) in delivery.signingKeys." }
                    ?? "There is no key in delivery.signingKeys.")
        }
        return origin + String(decoding: sealed, as: UTF8.self)
    }
}
