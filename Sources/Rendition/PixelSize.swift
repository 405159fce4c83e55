/// A size in whole pixels, both sides at least 1.
package struct PixelSize: Hashable, Sendable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        precondition(width > 0 && height > 0, "an empty picture")
        (self.width, self.height) = (width, height)
    }

    package var pixels: UInt64 { UInt64(width) * UInt64(height) }
}
