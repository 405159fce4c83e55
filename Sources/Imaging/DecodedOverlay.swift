internal import CVipsShim
package import Rendition
internal import WorkerLink

/// A watermark's picture, decoded: sRGB with alpha, upright, in memory. Refers to no input.
package final class DecodedOverlay {
    private let picture: Picture
    private let placement: Watermark.Placement

    /// Of it more would be a mistake: it is decoded for every job.
    private static let pixels: UInt64 = 4_000_000

    package init(
        _ original: borrowing Original, placement: Watermark.Placement
    ) throws(ImagingError) {
        let size = original.stored
        guard size.pixels <= Self.pixels
        else { throw ImagingError(.internalFailure, "a watermark of too many pixels") }
        let source = try original.load(Decoding())
        let turn = Turn(exifOrientation: original.facts.orientation)
        let whole = Geometry(
            turned: turn.undone(size), resized: turn.undone(size), placement: .whole,
            final: turn.undone(size))
        let recipe = Recipe(width: 0, height: 0, format: .explicit(.png))
        let scaled = try Scaled(source, spanning: source.span, turn, whole, recipe, Style())
        var picture = try scaled.picture.laid(turn)
        if picture.isGrey { picture = try picture.convertedForDisplay(grey: false) }
        if !picture.hasAlpha { picture = try picture.withOpaqueAlpha() }
        self.picture = try picture.faded(to: Double(placement.opacity) / 1000).inMemory()
        self.placement = placement
    }

    /// `base` with the watermark over it, and with alpha only if it had some.
    func laid(on base: borrowing Picture) throws(ImagingError) -> Picture {
        let ground = PixelSize(width: base.width, height: base.height)
        let size = size(on: ground)
        let margin = (ground.width * Int(placement.offset) + 500) / 1000
        var mark = try picture.premultiplied().resized(to: size, spanning: picture.span)
            .unpremultiplied().inMemory()
        var corner = (x: 0, y: 0)
        if placement.isTiled {
            let cell = PixelSize(width: size.width + margin, height: size.height + margin)
            let clear = Color(red: 0, green: 0, blue: 0, alpha: 0)
            mark = try mark.padded(x: 0, y: 0, to: cell, with: clear)
                .tiled(
                    across: (ground.width + cell.width - 1) / cell.width,
                    down: (ground.height + cell.height - 1) / cell.height
                ).cropped(x: 0, y: 0, to: ground)
        } else {
            let anchor = placement.position.focalPoint
            corner.x = Self.place(anchor.x, room: ground.width - size.width, margin)
            corner.y = Self.place(anchor.y, room: ground.height - size.height, margin)
        }
        let colored =
            base.isGrey ? try base.convertedForDisplay(grey: false) : base.unchanged()
        return try colored.covered(by: mark, x: corner.x, y: corner.y)
    }

    /// As wide as said, and never higher than what it lies on.
    private func size(on ground: PixelSize) -> PixelSize {
        let (width, height) = (picture.width, picture.height)
        let wanted = max(1, (ground.width * Int(placement.scale) + 500) / 1000)
        let high = max(1, (wanted * height + width / 2) / width)
        if high <= ground.height { return PixelSize(width: wanted, height: high) }
        return PixelSize(
            width: max(1, (ground.height * width + height / 2) / height), height: ground.height)
    }

    /// 0 and 1000 keep the margin from the edge, as far as there is room for it.
    private static func place(_ thousandths: UInt16, room: Int, _ margin: Int) -> Int {
        switch thousandths {
        case 0: min(margin, room)
        case 1000: max(0, room - margin)
        default: room / 2
        }
    }
}
