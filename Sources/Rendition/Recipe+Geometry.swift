/// Sizes in whole numbers, as sharp documents them: the side that follows is rounded half up and is
/// at least 1. They come from the original's own size, whatever is decoded in its place.
extension Recipe {
    /// The sizes of this recipe on a picture of `source`, which is as displayed (after EXIF
    /// orientation, after `trim`) and before `rotate`.
    ///
    /// Without `enlarge` no pixel is ever magnified, and as with sharp's `withoutEnlargement`:
    /// `cover` crops what overhangs and lets a side that is too short be short, `contain` still
    /// pads to the whole box, `fill` shrinks each side by itself.
    package func outputSize(source: PixelSize, limits: OutputLimits) -> Geometry {
        let turned =
            rotation.swapsSides
            ? PixelSize(width: source.height, height: source.width) : source
        guard let box = box(for: turned, limits: limits) else {
            let whole = Self.capped(turned, limits: limits)
            return Geometry(turned: turned, resized: whole, placement: .whole, final: whole)
        }
        // One side given: all fits are the same, the other side follows.
        let fit = width != 0 && height != 0 ? self.fit : .inside
        let resized = scaled(turned, fit: fit, box: box)
        switch fit {
        case .inside, .outside, .fill:
            return Geometry(turned: turned, resized: resized, placement: .whole, final: resized)
        case .cover:
            let final = PixelSize(
                width: min(box.width, resized.width), height: min(box.height, resized.height))
            return cropped(turned: turned, resized: resized, final: final)
        case .contain:
            return padded(turned: turned, resized: resized, final: box)
        }
    }

    package func outputSize(
        sourceWidth: Int, sourceHeight: Int, limits: OutputLimits = OutputLimits()
    ) -> Geometry {
        outputSize(source: PixelSize(width: sourceWidth, height: sourceHeight), limits: limits)
    }

    /// Whether its rendition of any picture can be of this size.
    package func canMake(_ size: PixelSize, limits: OutputLimits) -> Bool {
        guard max(size.width, size.height) <= OutputLimits.encoderSide,
            size.pixels <= limits.pixels
        else { return false }
        let (width, height) = boxWithRatio(limits: limits)
        // Only this one overhangs its box.
        if fit == .outside, width != 0, height != 0 { return true }
        return (width == 0 || size.width <= width) && (height == 0 || size.height <= height)
    }

    /// The sides of the box with `dpr` in them, never above the limit: where they would be, the
    /// device pixel ratio is less, and the box keeps its shape. 0 stays 0.
    package func boxWithRatio(limits: OutputLimits) -> (width: UInt16, height: UInt16) {
        let longer = Int(max(width, height))
        let limit = Int(limits.side)
        guard longer > 0, dprHalves != 2 || longer > limit else { return (width, height) }
        // A side times numerator / denominator.
        let (numerator, denominator) =
            longer * Int(dprHalves) > limit * 2 ? (limit, longer) : (Int(dprHalves), 2)
        func side(_ side: UInt16) -> UInt16 {
            guard side > 0 else { return 0 }
            return UInt16(max(1, Self.rounded(Int(side) * numerator, over: denominator)))
        }
        return (side(width), side(height))
    }

    /// The box in which the side that was left empty is the one that follows.
    private func box(for turned: PixelSize, limits: OutputLimits) -> PixelSize? {
        let (width, height) = boxWithRatio(limits: limits)
        let (boxWidth, boxHeight) = (Int(width), Int(height))
        switch (boxWidth, boxHeight) {
        case (0, 0): return nil
        case (_, 0):
            let follows = Self.rounded(turned.height * boxWidth, over: turned.width)
            return PixelSize(width: boxWidth, height: max(1, follows))
        case (0, _):
            let follows = Self.rounded(turned.width * boxHeight, over: turned.height)
            return PixelSize(width: max(1, follows), height: boxHeight)
        case (_, _): return PixelSize(width: boxWidth, height: boxHeight)
        }
    }

    private func scaled(_ turned: PixelSize, fit: Fit, box: PixelSize) -> PixelSize {
        if fit == .fill {
            if enlarge { return box }
            return PixelSize(
                width: min(box.width, turned.width), height: min(box.height, turned.height))
        }
        // Which side of the box decides: compare box/turned of both sides, crosswise.
        let byWidth = box.width * turned.height
        let byHeight = box.height * turned.width
        let widthDecides =
            fit == .cover || fit == .outside ? byWidth >= byHeight : byWidth <= byHeight
        // In a box with one side given that side decides, however the other was rounded.
        let decides = height == 0 || (width != 0 && widthDecides)
        let grows = decides ? box.width > turned.width : box.height > turned.height
        if grows && !enlarge { return turned }
        if decides {
            let follows = Self.rounded(turned.height * box.width, over: turned.width)
            return PixelSize(width: box.width, height: max(1, follows))
        }
        let follows = Self.rounded(turned.width * box.height, over: turned.height)
        return PixelSize(width: max(1, follows), height: box.height)
    }

    private func cropped(turned: PixelSize, resized: PixelSize, final: PixelSize) -> Geometry {
        guard final != resized else {
            return Geometry(turned: turned, resized: resized, placement: .whole, final: final)
        }
        let anchor = gravity.anchor ?? Gravity.Compass.center.focalPoint
        let x = Self.cropCorner(anchor.x, resized: resized.width, final: final.width)
        let y = Self.cropCorner(anchor.y, resized: resized.height, final: final.height)
        return Geometry(
            turned: turned, resized: resized, placement: .crop(x: x, y: y), final: final)
    }

    private func padded(turned: PixelSize, resized: PixelSize, final: PixelSize) -> Geometry {
        guard final != resized else {
            return Geometry(turned: turned, resized: resized, placement: .whole, final: final)
        }
        let anchor = gravity.anchor ?? Gravity.Compass.center.focalPoint
        let x = (final.width - resized.width) * Int(anchor.x) / Gravity.scale
        let y = (final.height - resized.height) * Int(anchor.y) / Gravity.scale
        return Geometry(turned: turned, resized: resized, placement: .pad(x: x, y: y), final: final)
    }

    /// Where a crop of `final` pixels begins that has the anchor in its middle, as far as it
    /// reaches.
    private static func cropCorner(_ anchor: UInt16, resized: Int, final: Int) -> Int {
        let doubled = 2 * Int(anchor) * resized - Gravity.scale * final + Gravity.scale
        return min(max(0, doubled), 2 * Gravity.scale * (resized - final)) / (2 * Gravity.scale)
    }

    /// A whole picture, made smaller only where limits or the encoders ask for it.
    private static func capped(_ size: PixelSize, limits: OutputLimits) -> PixelSize {
        var size = size
        let longer = max(size.width, size.height)
        if longer > OutputLimits.encoderSide {
            size = PixelSize(
                width: max(1, rounded(size.width * OutputLimits.encoderSide, over: longer)),
                height: max(1, rounded(size.height * OutputLimits.encoderSide, over: longer)))
        }
        guard size.pixels > limits.pixels else { return size }
        // The largest width whose own height, rounded, keeps within the limit.
        var (low, high) = (1, size.width)
        while low < high {
            let middle = (low + high + 1) / 2
            let height = max(1, rounded(size.height * middle, over: size.width))
            if UInt64(middle) * UInt64(height) <= limits.pixels {
                low = middle
            } else {
                high = middle - 1
            }
        }
        let height = max(1, rounded(size.height * low, over: size.width))
        return PixelSize(width: low, height: min(height, Int(clamping: limits.pixels)))
    }

    /// Half up.
    private static func rounded(_ dividend: Int, over divisor: Int) -> Int {
        (2 * dividend + divisor) / (2 * divisor)
    }
}
