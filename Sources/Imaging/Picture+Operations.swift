internal import CVipsShim
internal import Rendition

/// The steps of a recipe, each one libvips operation. All are lazy but those that say otherwise.
extension Picture {
    /// Zeroes, to try the codecs on.
    static func plain(width: Int, height: Int, colour: Int, alpha: Bool) throws(ImagingError)
        -> Picture
    {
        try unsafe made { out in
            unsafe CVipsShim_plain(CInt(width), CInt(height), CInt(colour), alpha, out)
        }
    }

    /// The same picture once more; no pixels are copied.
    func unchanged() -> Picture {
        Picture(retaining: self)
    }

    /// Lanczos3, computed at once where it makes the picture smaller. `span` is how many pixels of
    /// this picture are the whole one, which need not be a whole number: a decoder may have
    /// rounded.
    func resized(
        to size: PixelSize, spanning span: CVipsShim_Span
    ) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in
            unsafe CVipsShim_resize(image, span, CInt(size.width), CInt(size.height), out)
        }
    }

    /// Computes every pixel, once.
    func inMemory() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_copy_memory(image, out) }
    }

    /// Computes every pixel, once, and keeps none.
    func computeAll() throws(ImagingError) {
        try ImagingError.check(unsafe with { unsafe CVipsShim_compute($0) })
    }

    func cropped(x: Int, y: Int, to size: PixelSize) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in
            unsafe CVipsShim_crop(
                image, CInt(x), CInt(y), CInt(size.width), CInt(size.height), out)
        }
    }

    /// Where the part of this size begins that a viewer would keep. Reads all pixels, several
    /// times: only on a picture in memory.
    func placeOfInterest(
        of size: PixelSize, byEntropy: Bool
    ) throws(ImagingError) -> (x: Int, y: Int) {
        var (x, y): (CInt, CInt) = (0, 0)
        try ImagingError.check(
            unsafe with { image in
                let (width, height) = (CInt(size.width), CInt(size.height))
                return unsafe byEntropy
                    ? CVipsShim_find_entropy(image, width, height, &x, &y)
                    : CVipsShim_find_attention(image, width, height, &x, &y)
            })
        return (Int(x), Int(y))
    }

    func padded(x: Int, y: Int, to size: PixelSize, with color: Color) throws(ImagingError)
        -> Picture
    {
        let pixel = components(of: color)
        return try unsafe mapped { image, out in
            unsafe CVipsShim_embed(
                image, CInt(x), CInt(y), CInt(size.width), CInt(size.height), pixel,
                CInt(pixel.count), out)
        }
    }

    /// Clockwise.
    func rotated(quarters: Int) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_rotate(image, CInt(quarters), out) }
    }

    func mirrored(topBottom: Bool) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_mirror(image, topBottom, out) }
    }

    /// Alpha laid on `color`.
    func flattened(on color: Color) throws(ImagingError) -> Picture {
        let pixel = Array(components(of: color).dropLast())
        return try unsafe mapped { image, out in
            unsafe CVipsShim_flatten(image, pixel, CInt(pixel.count), out)
        }
    }

    func withOpaqueAlpha() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_add_alpha(image, out) }
    }

    /// Its alpha times `opacity`.
    func faded(to opacity: Double) throws(ImagingError) -> Picture {
        if opacity == 1 { return unchanged() }
        return try unsafe mapped { image, out in unsafe CVipsShim_fade(image, opacity, out) }
    }

    func tiled(across: Int, down: Int) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in
            unsafe CVipsShim_tile(image, CInt(across), CInt(down), out)
        }
    }

    /// `mark`, of sRGB with alpha, over it; it has alpha only if it had some.
    func covered(by mark: borrowing Picture, x: Int, y: Int) throws(ImagingError) -> Picture {
        let mark = mark.unchanged()
        return try unsafe mapped { image, out in
            unsafe mark.with { unsafe CVipsShim_cover(image, $0, CInt(x), CInt(y), out) }
        }
    }

    /// Some of its rows, without metadata, for tries that would be dear on all of it; only of a
    /// picture in memory.
    func sampled() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_sample(image, out) }.withoutMetadata()
    }

    /// How alike it is to `other`, 0…1, to who looks at both (SSIM, Wang et al., 2004); both 8 bits
    /// a channel and in memory.
    func similarity(to other: borrowing Picture) throws(ImagingError) -> Double {
        let other = other.unchanged()
        var similarity = 0.0
        try ImagingError.check(
            unsafe with { image in
                unsafe other.with { unsafe CVipsShim_similarity(image, $0, &similarity) }
            })
        return similarity
    }

    func premultiplied() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_premultiply(image, out) }
    }

    func unpremultiplied(toBytes: Bool = true) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_unpremultiply(image, toBytes, out) }
    }

    /// From 8 bits of sRGB's curve to numbers in proportion to the light.
    func linearized() throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_linearize(image, out) }
    }

    /// Computed at once; colours of transparent pixels do not bleed into opaque ones.
    func blurred(sigma: Double) throws(ImagingError) -> Picture {
        try unsafe inMemory().mapped { image, out in unsafe CVipsShim_blur(image, sigma, out) }
    }

    /// Computed at once.
    func sharpened(sigma: Double) throws(ImagingError) -> Picture {
        try unsafe inMemory().mapped { image, out in unsafe CVipsShim_sharpen(image, sigma, out) }
    }

    func convertedByProfile() throws(ImagingError) -> Picture {
        let perceptual = withProfile(else: false) { ColorProfile.isOnlyPerceptual($0) }
        return try unsafe mapped { image, out in
            unsafe CVipsShim_profile_to_srgb(image, perceptual, out)
        }
    }

    /// 8-bit sRGB, or grey where there is no colour.
    func convertedForDisplay(grey: Bool) throws(ImagingError) -> Picture {
        try unsafe mapped { image, out in unsafe CVipsShim_to_display(image, grey, out) }
    }

    /// The smallest part with all pixels that differ from the top left one by more than `threshold`
    /// of 255 in any channel; `nil` where none does. One pass: only on a picture in memory.
    func boxWithoutBorder(threshold: UInt8) throws(ImagingError) -> (
        x: Int, y: Int, size: PixelSize
    )? {
        var (x, y, width, height): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
        try ImagingError.check(
            unsafe with { image in
                unsafe CVipsShim_find_trim(image, CInt(threshold), &x, &y, &width, &height)
            })
        guard width > 0, height > 0 else { return nil }
        return (Int(x), Int(y), PixelSize(width: Int(width), height: Int(height)))
    }

    /// Whether the alpha channel is 255 all over. Reads all pixels: only on a picture in memory.
    func isOpaque() throws(ImagingError) -> Bool {
        guard hasAlpha else { return true }
        var opaque = false
        try ImagingError.check(unsafe with { image in unsafe CVipsShim_is_opaque(image, &opaque) })
        return opaque
    }

    /// One value a band, alpha included.
    private func components(of color: Color) -> [Double] {
        let colors =
            isGrey
            ? [Double(color.red)] : [Double(color.red), Double(color.green), Double(color.blue)]
        return hasAlpha ? colors + [Double(color.alpha)] : colors
    }
}
