internal import Digest
internal import Rendition

/// Entity tags of what is made in memory.
package enum EntityTagText {
    /// Quotes and 128 bits of the SHA-256 of the content.
    package static func strong(of content: [UInt8]) -> [UInt8] {
        Array("\"\(digits(of: content))\"".utf8)
    }

    /// 32 of them.
    package static func digits(of content: [UInt8]) -> Substring {
        ContentHash(bytes: SHA256Digest(of: content).bytes).hex.prefix(32)
    }
}
