internal import Digest

/// A picture that a configuration lays over others, and how. Its name stands in URLs; its
/// fingerprint, over the picture's content and all of the rest, stands in keys.
package struct Watermark: Hashable, Sendable {
    package static let most = 16
    /// What takes the watermark of a preset away.
    static let none: StaticString = "none"
    package static let reservedName = "none"

    package let name: ShortName
    package let placement: Placement
    /// Never 0.
    package let fingerprint: UInt64

    /// How it lies on a rendition. Fractions are in thousandths.
    package struct Placement: Hashable, Sendable {
        package var position = Gravity.Compass.southeast
        /// Between it and the edges it is near to, or between tiles: of the rendition's width.
        package var offset: UInt16 = 20
        /// Its width, of the rendition's; less where it would be higher than the rendition.
        package var scale: UInt16 = 200
        package var opacity: UInt16 = 1000
        /// Repeated all over.
        package var isTiled = false

        package init() {}

        /// 8 bytes: in fingerprints, and in frames to a worker.
        package var encoded: InlineArray<8, UInt8> {
            [
                position.rawValue, isTiled ? 1 : 0, UInt8(offset & 255), UInt8(offset >> 8),
                UInt8(scale & 255), UInt8(scale >> 8), UInt8(opacity & 255), UInt8(opacity >> 8),
            ]
        }

        /// `nil` for what `encoded` never is.
        package init?(encoded bytes: InlineArray<8, UInt8>) {
            guard let position = Gravity.Compass(rawValue: bytes[0]), bytes[1] < 2
            else { return nil }
            (self.position, isTiled) = (position, bytes[1] == 1)
            offset = UInt16(bytes[2]) | UInt16(bytes[3]) << 8
            scale = UInt16(bytes[4]) | UInt16(bytes[5]) << 8
            opacity = UInt16(bytes[6]) | UInt16(bytes[7]) << 8
            guard offset <= 500, 1...1000 ~= scale, 1...1000 ~= opacity else { return nil }
        }
    }

    /// - Parameter content: the hash of the picture's bytes.
    package init(name: ShortName, placement: Placement, content: ContentHash) {
        var hasher = SHA256Hasher()
        hasher.update(Array("pollex-watermark-1".utf8).span)
        let (bytes, encoded) = (content.rawBytes, placement.encoded)
        hasher.update(bytes.span)
        hasher.update(encoded.span)
        let digest = hasher.finish().bytes
        let found = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(digest[$1]) }
        (self.name, self.placement, fingerprint) = (name, placement, max(found, 1))
    }
}
