/// What happens to the pixels: scale the turned source to `resized`, then crop or pad to `final`.
package struct Geometry: Hashable, Sendable {
    package enum Placement: Hashable, Sendable {
        /// `final` is `resized`.
        case whole
        /// `final` is cut out of `resized` at this corner. With a gravity that needs the pixels it
        /// is the corner of the centred crop, and the worker finds a better one.
        case crop(x: Int, y: Int)
        /// `resized` lies at this corner of `final`.
        case pad(x: Int, y: Int)
    }

    /// The source after `rotate`: what `resized` is to be scaled from.
    package let turned: PixelSize
    package let resized: PixelSize
    package var placement: Placement
    package let final: PixelSize

    package init(turned: PixelSize, resized: PixelSize, placement: Placement, final: PixelSize) {
        (self.turned, self.resized) = (turned, resized)
        (self.placement, self.final) = (placement, final)
    }
}
