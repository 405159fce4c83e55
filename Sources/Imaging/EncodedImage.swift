internal import CVipsShim
package import Rendition
internal import WorkerLink

/// Where the time of a rendition went.
package struct Work: Sendable {
    /// Decoding and resizing, which run together, strip by strip.
    package var decode = Duration.zero
    /// Turning, cropping, effects, padding.
    package var arrange = Duration.zero
    package var encode = Duration.zero
}

/// A finished rendition in libvips' memory; freed with it.
@safe package struct EncodedImage: ~Copyable {
    package let format: OutputFormat
    package let size: PixelSize
    package internal(set) var work = Work()
    private let bytes: UnsafeMutableRawBufferPointer

    package var byteCount: Int { unsafe bytes.count }

    package borrowing func withBytes<R: ~Copyable, E: Error>(
        _ body: (RawSpan) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(bytes).bytes)
    }

    deinit { unsafe CVipsShim_free(bytes.baseAddress) }

    /// Encodes `picture`, whose pixels are computed now unless they are in memory.
    init(
        _ picture: borrowing Picture, size: PixelSize, as format: OutputFormat,
        options: CVipsShim_SaveOptions
    ) throws(ImagingError) {
        var start: UnsafeMutableRawPointer?
        var count = 0
        try ImagingError.check(
            unsafe picture.with { image in
                unsafe CVipsShim_save(image, CInt(format.rawValue), options, &start, &count)
            })
        let made = unsafe UnsafeMutableRawBufferPointer(start: start, count: count)
        // Short of memory, an encoder has been seen to end well and leave the picture out.
        guard unsafe EncodedFile.size(UnsafeRawBufferPointer(made).bytes, as: format) == size
        else {
            unsafe CVipsShim_free(start)
            throw ImagingError(.outOfMemory, "the encoder made no whole \(format) of \(size)")
        }
        (self.format, self.size) = (format, size)
        unsafe bytes = made
    }
}
