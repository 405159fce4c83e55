internal import Digest

/// What makes the bytes beside original and recipe: our recipe code, libvips, the codecs, and the
/// configuration's defaults. A change of any of them is another key, never a stale rendition.
package struct PipelineVersion: Hashable, Sendable {
    package let value: UInt64

    /// To be raised with every change of ours that makes other bytes of the same recipe.
    package static let code = "pollex 9"

    package init(value: UInt64) { self.value = value }

    /// Of everything that has a say, each by name and value, e. g. `"libvips 8.14.1"`,
    /// `"quality.webp 78"`, `"limits.outputSide 8192"`. The order counts.
    package init(parts: [String]) {
        var hasher = SHA256Hasher()
        for part in parts { hasher.update(Array("\(part.utf8.count):\(part)".utf8).span) }
        let bytes = hasher.finish().bytes
        value = (0..<8).reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }
}
