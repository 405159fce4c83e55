import Foundation

/// What decoders that are not ours say of an image.
enum Picture {
    /// The media type by the content's first bytes.
    static func format(_ content: [UInt8]) throws -> String? {
        if content.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if content.starts(with: Array("\u{89}PNG".unicodeScalars.map { UInt8($0.value) })) {
            return "image/png"
        }
        if content.dropFirst(8).starts(with: Array("WEBP".utf8)) { return "image/webp" }
        if content.dropFirst(4).starts(with: Array("ftypavif".utf8)) { return "image/avif" }
        return nil
    }

    /// Has Pillow compare renditions with its own LANCZOS scaling of their originals.
    ///
    /// - Parameter cases: original file, rendition file, box; the rendition fits inside the box.
    /// - Returns: what is wrong, in words; empty when nothing is.
    static func problems(
        _ cases: [(original: String, rendition: String, width: Int, height: Int)]
    ) throws -> String {
        let lines = cases.map { "\($0.original)\t\($0.rendition)\t\($0.width)\t\($0.height)" }
        let result = try run(
            "/usr/bin/python3", ["-c", referenceScript],
            input: Array(lines.joined(separator: "\n").utf8))
        let text = String(decoding: result.output, as: UTF8.self)
        return result.status == 0 ? "" : text
    }
}
