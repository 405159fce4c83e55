internal import CVipsShim
internal import Containers
internal import Rendition
internal import WorkerLink

/// AVIF and HEIC: the container is read by `Containers`, the coded pictures by the codecs' own
/// libraries, and what the container says is done here.
extension Picture {
    /// Fields and layout, of pixels that are not decoded.
    static func opened(
        _ bytes: UnsafeRawBufferPointer, _ type: ImageType, _ heif: HEIFPicture?
    ) throws(ImagingError) -> Picture {
        guard let heif else { return try unsafe decoded(bytes, type, Decoding(onlyHead: true)) }
        let (depth, isGrey) = try unsafe heif.sampling(bytes.bytes)
        let (width, height) = heif.size
        let picture = try unsafe made { out in
            unsafe CVipsShim_open_planes(
                CInt(clamping: width), CInt(clamping: height), isGrey, heif.alpha != nil, depth > 8,
                out)
        }
        picture.set("heif-bitdepth", depth)
        unsafe picture.describe(bytes, heif)
        return picture
    }

    /// Upright; the planes are in memory, and pixels come of them when they are asked for.
    static func decoded(
        _ bytes: UnsafeRawBufferPointer, _ heif: HEIFPicture
    ) throws(ImagingError) -> Picture {
        let color = try unsafe Planes(of: heif.color, in: bytes)
        let coded = color.colors
        let points = CodePoints(heif.codePoints, else: coded)
        let shares = DescribedColors(points).shares
        let colors = CVipsShim_Colours(
            primaries: CInt(points.primaries), transfer: CInt(points.transfer),
            matrix: CInt(points.matrix), isFullRange: points.isFullRange)
        let isPremultiplied = heif.isPremultiplied
        var alpha: OpaquePointer?
        if let layer = heif.alpha { unsafe alpha = try Planes(of: layer, in: bytes).relinquished() }
        let planes = unsafe color.relinquished()
        var picture = try unsafe made { out in
            unsafe CVipsShim_show_planes(
                planes, alpha, colors, shares.red, shares.blue, isPremultiplied, out)
        }
        for transform in heif.transforms { picture = try picture.transformed(transform) }
        // Fields are set on an image that nothing else refers to.
        if !heif.transforms.isEmpty { picture = try picture.withoutMetadata() }
        unsafe picture.describe(bytes, heif)
        if heif.profile == nil,
            let profile = DescribedColors(points).profile(isGrey: picture.isGrey)
        {
            picture.set("icc-profile-data", profile)
        }
        return picture
    }

    private func transformed(_ transform: HEIFPicture.Transform) throws(ImagingError) -> Picture {
        switch transform {
        case .crop(let x, let y, let width, let height):
            try cropped(x: x, y: y, to: PixelSize(width: width, height: height))
        case .turn(let quarters): try rotated(quarters: quarters)
        case .mirror(let topBottom): try mirrored(topBottom: topBottom)
        }
    }

    private func describe(_ bytes: UnsafeRawBufferPointer, _ heif: HEIFPicture) {
        if let range = heif.profile { unsafe set("icc-profile-data", Array(bytes[range])) }
        if let range = heif.xmp { unsafe set("xmp-data", Array(bytes[range])) }
    }
}

extension HEIFPicture {
    init(reading bytes: RawSpan) throws(ImagingError) {
        do throws(ContainerError) { self = try HEIFPicture(bytes) } catch {
            throw ImagingError(.broken, error.detail)
        }
    }

    /// What all tiles of colours and of alpha are decoded to, before the picture is cut out of it.
    var codedSizes: [PixelSize] {
        [color, alpha].compactMap(\.self).map { layer in
            PixelSize(
                width: layer.columns * layer.tiles[0].width,
                height: layer.rows * layer.tiles[0].height)
        }
    }

    fileprivate func sampling(
        _ bytes: RawSpan
    ) throws(ImagingError) -> (depth: Int, isMonochrome: Bool) {
        do throws(ContainerError) {
            return try color.tiles[0].sampling(bytes, as: color.codec)
        } catch {
            throw ImagingError(.broken, error.detail)
        }
    }
}

extension CodePoints {
    /// What a container says goes before what the coded picture says.
    fileprivate init(_ said: CodePoints?, else coded: CVipsShim_Colours) {
        self =
            said
            ?? CodePoints(
                primaries: UInt16(clamping: coded.primaries),
                transfer: UInt16(clamping: coded.transfer),
                matrix: UInt16(clamping: coded.matrix), isFullRange: coded.isFullRange)
    }
}
