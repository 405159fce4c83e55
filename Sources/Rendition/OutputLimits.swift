/// How large a rendition may get.
package struct OutputLimits: Hashable, Sendable {
    /// Of a side of the box, `dpr` included; `limits.outputSide`.
    package var side: UInt16
    /// Width × height; `limits.outputPixels`.
    package var pixels: UInt64

    package init(side: UInt16 = 8192, pixels: UInt64 = 50_000_000) {
        precondition(side > 0 && pixels > 0, "limits that allow no rendition")
        (self.side, self.pixels) = (side, pixels)
    }

    /// The largest side that every output format can carry (WebP's 14 bits).
    package static let encoderSide = 16383
}
