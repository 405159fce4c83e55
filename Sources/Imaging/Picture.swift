internal import CVipsShim
internal import Containers
internal import Rendition
internal import WorkerLink

/// One owner of a libvips image: a recipe for pixels, computed when something asks for them.
///
/// It refers to what it was made from: bytes it was loaded from must outlive it.
@safe struct Picture: ~Copyable {
    private let image: OpaquePointer

    /// Adopts what `body` puts into its argument.
    static func made(
        _ body: (UnsafeMutablePointer<OpaquePointer?>) -> CInt
    ) throws(ImagingError) -> Picture {
        var out: OpaquePointer?
        let code = unsafe body(&out)
        try ImagingError.check(code)
        guard let image = unsafe out else {
            throw ImagingError(.internalFailure, "no image was made")
        }
        return unsafe Picture(adopting: image)
    }

    /// The picture that `bytes` hold; they must outlive it and all that is made of it, unless it is
    /// in memory.
    static func decoded(
        _ bytes: UnsafeRawBufferPointer, _ type: ImageType, _ decoding: Decoding = Decoding()
    ) throws(ImagingError) -> Picture {
        guard let start = bytes.baseAddress else { throw ImagingError(.unsupportedType, "empty") }
        if type == .avif || type == .heic {
            return try unsafe decoded(bytes, HEIFPicture(reading: bytes.bytes))
        }
        let options = CVipsShim_LoadOptions(
            shrink: CInt(decoding.shrink), scale: decoding.scale, allFrames: decoding.allFrames,
            sequential: decoding.sequential, failsOnWarnings: decoding.failsOnWarnings,
            onlyHead: decoding.onlyHead)
        return try unsafe made { out in
            unsafe CVipsShim_load(CInt(type.rawValue), start, bytes.count, options, out)
        }
    }

    /// All pixels, in memory, of the JPEG that this was opened from; not one of inks.
    borrowing func decodedJPEG(
        _ bytes: UnsafeRawBufferPointer, _ decoding: Decoding
    ) throws(ImagingError) -> Picture {
        guard let start = bytes.baseAddress else { throw ImagingError(.unsupportedType, "empty") }
        return try unsafe mapped { image, out in
            unsafe CVipsShim_decode_jpeg(
                image, start, bytes.count, CInt(decoding.shrink), decoding.failsOnWarnings, out)
        }
    }

    /// Takes over one reference.
    init(adopting image: OpaquePointer) { unsafe self.image = image }

    /// One more reference to the same image.
    init(retaining other: borrowing Picture) {
        unsafe image = other.image
        unsafe CVipsShim_retain(image)
    }

    /// Gives the reference away, to who releases it.
    consuming func relinquished() -> OpaquePointer {
        let image = unsafe image
        discard self
        return unsafe image
    }

    deinit { unsafe CVipsShim_release(image) }

    var layout: CVipsShim_Layout { unsafe CVipsShim_layout(image) }
    var width: Int { Int(layout.width) }
    var height: Int { Int(layout.height) }
    var size: PixelSize { PixelSize(width: width, height: height) }
    var span: CVipsShim_Span {
        CVipsShim_Span(width: Double(width), height: Double(height), isMean: false)
    }
    /// Of all pixels, once they are in memory.
    var byteCount: Int { unsafe with { unsafe CVipsShim_byte_count($0) } }
    var hasAlpha: Bool { layout.hasAlpha }
    var isGrey: Bool { layout.bands < 3 }
    var isOfBytes: Bool { layout.number == CInt(CVipsShim_unsignedByte) }

    /// For the length of one call only.
    borrowing func with<R>(_ body: (OpaquePointer) -> R) -> R { unsafe body(image) }

    /// The image that one libvips call makes of this one.
    borrowing func mapped(
        _ body: (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>) -> CInt
    ) throws(ImagingError) -> Picture {
        let image = unsafe image
        return try unsafe Picture.made { out in unsafe body(image, out) }
    }
}
