internal import Text

/// Which renditions a URL can ask for without a signature.
package enum SizePolicy: Hashable, Sendable {
    /// Any.
    case open
    /// These, in any enabled format. Everything else needs a signature.
    case listed([ListedSize])
    /// None.
    case signed
}

/// One entry of a list of sizes: the size of a URL and its options in canonical spelling, such as
/// `300x200?fit=cover` or `optimized`. It lets exactly that through: another option or pixel ratio
/// is another entry.
package struct ListedSize: Hashable, Sendable {
    package static let most = 256

    package enum Invalid: Error, Hashable, Sendable {
        case malformed(reason: String)
        case notCanonical(canonical: String)
    }

    /// As it was written.
    package let text: String
    /// Of nobody: the names of preset and watermark are in it.
    private let request: RenditionRequest

    /// Its format is `.negotiated`.
    package var recipe: Recipe { request.recipe }

    /// - Parameter policy: what the entry is read by, as a URL would be.
    package init(_ text: String, policy: RenditionPolicy) throws(Invalid) {
        let target = Array(Self.target(of: text).utf8)
        let request: RenditionRequest
        do throws(RenditionRequest.Invalid) {
            request = try RenditionRequest.parse(target: target.span, policy: policy)
        } catch { throw .malformed(reason: error.detail) }
        guard request.isCanonical else {
            throw .notCanonical(canonical: Self.text(of: request.canonicalTarget))
        }
        (self.text, self.request) = (text, request)
    }

    /// The rendition of this size that an original has.
    package func request(of original: ContentHash) -> RenditionRequest { request.of(original) }

    private static let nobody = String(repeating: "0", count: ContentHash.hexCount)

    /// The size and the options around a hash.
    private static func target(of text: String) -> String {
        let parts = text.fields(separatedBy: "?", maxSplits: 1, keepsEmpty: true)
        let query = parts.dropFirst().map { "?\($0)" }.joined()
        let path = parts[0] == "optimized" ? "/optimized" : "/thumbs/\(parts[0])"
        return "\(path)/\(nobody)\(query)"
    }

    private static func text(of target: [UInt8]) -> String {
        String(decoding: target, as: UTF8.self).replacing("/\(nobody)", with: "")
            .replacing("/thumbs/", with: "").replacing("/optimized", with: "optimized")
    }
}
