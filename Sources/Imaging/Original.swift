internal import CVipsShim
internal import Rendition
package import WorkerLink

/// Encoded bytes that have passed the gate: of an accepted type by content, whole as far as the
/// header tells, and within the limits. No pixel has been decoded.
@safe package struct Original: ~Copyable {
    package let facts: ImageFacts
    /// Pixels as stored, before EXIF orientation.
    let stored: PixelSize
    /// As opened: fields, and pixels that come when they are asked for.
    private let header: Picture
    private let bytes: UnsafeRawBufferPointer
    /// Where `bytes` is a copy of our own, without what should not be decoded.
    private let isCopy: Bool

    /// `bytes` must outlive it, and every picture loaded from it.
    package init(_ bytes: UnsafeRawBufferPointer, limits: JobLimits) throws(ImagingError) {
        ImagingError.forget()
        let content = unsafe bytes.bytes
        guard let type = ImageType(sniffing: content), limits.inputTypes.contains(type),
            type != .bmp
        else { throw ImagingError(.unsupportedType, "not an accepted image type") }
        var chunks: PNGChunks?
        if type == .png {
            let found = try PNGChunks(content)
            try Self.check(
                width: found.width, height: found.height, frames: 1, bytes: bytes.count, limits)
            chunks = found
        }
        if type == .jpeg { try unsafe Self.checkScans(of: bytes) }
        let kept = unsafe Self.copy(bytes, without: chunks?.textToDrop ?? [])
        do throws(ImagingError) {
            let header = try unsafe Picture.decoded(kept ?? bytes, type)
            let frames = type == .tiff ? 1 : max(1, header.integer("n-pages", else: 1))
            try Self.check(
                width: header.width, height: header.height, frames: frames, bytes: bytes.count,
                limits)
            facts = header.facts(type: type, frames: frames, chunks: chunks)
            stored = PixelSize(width: header.width, height: header.height)
            self.header = header
        } catch {
            unsafe kept?.deallocate()
            throw error
        }
        unsafe self.bytes = unsafe kept ?? bytes
        isCopy = unsafe kept != nil
    }

    /// Of what is decoded.
    package var byteCount: Int { unsafe bytes.count }

    deinit { if isCopy { unsafe bytes.deallocate() } }

    /// What is decoded at once and not line by line as it is asked for: 12 MB.
    private static let pixelsAtOnce: UInt64 = 4_000_000

    /// The picture as stored, all of it in memory or such that its pixels come when they are asked
    /// for.
    func load(_ decoding: Decoding) throws(ImagingError) -> Picture {
        let isPlain = header.layout.colour != CInt(CVipsShim_colourCMYK)
        let shrink = UInt64(decoding.shrink)
        if facts.type == .jpeg, isPlain, stored.pixels / (shrink * shrink) <= Self.pixelsAtOnce {
            return try unsafe header.decodedJPEG(bytes, shrink: decoding.shrink)
        }
        return try unsafe Picture.decoded(bytes, facts.type, decoding)
    }

    /// Every scan is a pass over the whole picture, whatever it brings. libjpeg writes ten of them.
    private static let scanLimit = 100

    private static func checkScans(of bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        guard let start = bytes.baseAddress else { return }
        let scans = unsafe CVipsShim_count_scans(start, bytes.count)
        if scans > scanLimit {
            throw ImagingError(.broken, "a JPEG of \(scans) scans, up to \(scanLimit)")
        }
    }

    private static func check(
        width: Int, height: Int, frames: Int, bytes: Int, _ limits: JobLimits
    ) throws(ImagingError) {
        let size = PixelSize(width: max(1, width), height: max(1, height))
        if max(size.width, size.height) > Int(limits.inputSide) {
            throw ImagingError(
                .overSides, "\(width) x \(height) pixels, sides up to \(limits.inputSide)")
        }
        if size.pixels > limits.inputPixels {
            throw ImagingError(
                .overPixels, "\(width) x \(height) pixels, up to \(limits.inputPixels)")
        }
        // Small ones cost nothing whatever they claim.
        if size.pixels > 1_000_000,
            size.pixels / UInt64(max(1, bytes)) > UInt64(limits.inputPixelsPerByte)
        {
            throw ImagingError(
                .overPixels, "\(width) x \(height) pixels in \(bytes) bytes")
        }
        if frames > Int(limits.inputFrames) {
            throw ImagingError(.overFrames, "\(frames) frames, up to \(limits.inputFrames)")
        }
        if size.pixels.multipliedReportingOverflow(by: UInt64(frames)).overflow
            || size.pixels * UInt64(frames) > limits.inputFramePixels
        {
            throw ImagingError(
                .overFrames,
                "\(frames) frames of \(width) x \(height), up to \(limits.inputFramePixels) pixels")
        }
    }

    /// `nil` when there is nothing to leave out. Costs one copy.
    private static func copy(
        _ bytes: UnsafeRawBufferPointer, without ranges: [Range<Int>]
    ) -> UnsafeRawBufferPointer? {
        guard !ranges.isEmpty else { return nil }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
        var (from, to) = (0, 0)
        for range in ranges + [bytes.count..<bytes.count] {
            let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[from..<range.lowerBound])
            unsafe UnsafeMutableRawBufferPointer(rebasing: copy[to...]).copyMemory(from: piece)
            (from, to) = (range.upperBound, to + piece.count)
        }
        return unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<to])
    }
}
