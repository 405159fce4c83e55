/// How a picture looks from afar, the right way up: what a page shows until it is there, and what
/// it is found again by when it was resized or recompressed.
package struct Likeness: Hashable, Sendable {
    package static let maxThumbHashBytes = 25

    /// By the public ThumbHash algorithm (Evan Wallace): 5 to 25 bytes.
    package let thumbHash: [UInt8]
    /// 0xRRGGBB; `nil` where nothing of the picture is opaque.
    package let dominantColor: UInt32?
    /// Of the lowest 64 frequencies of its brightness: near pictures differ in few bits.
    package let perceptualHash: UInt64

    package init(thumbHash: [UInt8], dominantColor: UInt32?, perceptualHash: UInt64) {
        precondition(thumbHash.count <= Self.maxThumbHashBytes, "no ThumbHash")
        precondition(dominantColor ?? 0 <= 0xFF_FFFF, "no colour")
        (self.thumbHash, self.dominantColor) = (thumbHash, dominantColor)
        self.perceptualHash = perceptualHash
    }
}
