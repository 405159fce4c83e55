internal import CVipsShim
internal import Containers
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
    private let parts: FileParts
    /// What a PNG says of its colours.
    private let colors: PNGColors?
    private let bytes: UnsafeRawBufferPointer
    /// Where `bytes` is a copy of our own, that has been changed.
    private let isCopy: Bool
    /// Of a JPEG, for where libvips decodes it.
    private let trimmed: TrimmedFile?
    /// The same up to its data, which `header` was opened from.
    private let head: TrimmedFile?

    /// `bytes` must outlive it, and every picture loaded from it.
    package init(_ bytes: UnsafeRawBufferPointer, limits: JobLimits) throws(ImagingError) {
        ImagingError.forget()
        let content = unsafe bytes.bytes
        guard let type = ImageType(sniffing: content), limits.inputTypes.contains(type),
            type != .bmp
        else {
            let accepted = ImageType.allCases.filter(limits.inputTypes.contains)
                .map { "\($0.mediaType)" }.joined(separator: ", ")
            throw ImagingError(
                .unsupportedType, "not an accepted image type; accepted are \(accepted)")
        }
        if type == .jpeg { try unsafe Self.checkScans(of: bytes) }
        let parts = try FileParts(content, type)
        if let chunks = parts.chunks {
            try Self.check(
                width: chunks.width, height: chunks.height, frames: 1, bytes: bytes.count, limits)
        }
        let kept = unsafe Edit.copy(of: bytes, with: parts.edits)
        let file = unsafe kept ?? bytes
        let trimmed = parts.segments.map { unsafe TrimmedFile(file, without: $0.unneeded) }
        let head = parts.segments.map { segments in
            unsafe TrimmedFile(
                UnsafeRawBufferPointer(rebasing: file[..<segments.headEnd]),
                without: segments.unneeded)
        }
        do throws(ImagingError) {
            for size in parts.heif?.codedSizes ?? [] {
                try Self.check(
                    width: size.width, height: size.height, frames: 1, bytes: bytes.count, limits)
            }
            let header = try unsafe Picture.opened(head?.bytes ?? file, type, parts.heif)
            header.note(parts.exif)
            let frames = type == .tiff ? 1 : max(1, header.integer("n-pages", else: 1))
            try Self.check(
                width: header.width, height: header.height, frames: frames, bytes: bytes.count,
                limits)
            let found = Self.colors(type, content, header)
            facts = header.facts(
                type: type, frames: frames, chunks: parts.chunks, exif: parts.exif,
                isDescribed: found?.described != nil)
            stored = PixelSize(width: header.width, height: header.height)
            colors = found
            self.header = header
        } catch {
            unsafe kept?.deallocate()
            throw error
        }
        unsafe self.bytes = unsafe kept ?? bytes
        isCopy = unsafe kept != nil
        (self.parts, self.trimmed, self.head) = (parts, trimmed, head)
    }

    private static func colors(
        _ type: ImageType, _ content: RawSpan, _ header: borrowing Picture
    ) -> PNGColors? {
        switch type {
        case .png: PNGColors(content)
        case .jxl: PNGColors(highRangeOf: header)
        default: nil
        }
    }

    /// Of what is decoded.
    package var byteCount: Int { unsafe bytes.count }

    deinit { if isCopy { unsafe bytes.deallocate() } }

    /// What is decoded at once and not line by line as it is asked for: 12 MB.
    private static let pixelsAtOnce: UInt64 = 4_000_000

    /// The picture as stored, all of it in memory or such that its pixels come when they are asked
    /// for.
    func load(_ given: Decoding) throws(ImagingError) -> Picture {
        var decoding = given
        decoding.failsOnWarnings = parts.failsOnWarnings
        let isPlain = header.layout.colour != CInt(CVipsShim_colourCMYK)
        let shrink = UInt64(decoding.shrink)
        if facts.type == .jpeg, isPlain, stored.pixels / (shrink * shrink) <= Self.pixelsAtOnce {
            return try unsafe header.decodedJPEG(bytes, decoding)
        }
        let picture =
            if let heif = parts.heif {
                try unsafe Picture.decoded(bytes, heif)
            } else {
                try unsafe Picture.decoded(trimmed?.bytes ?? bytes, facts.type, decoding)
            }
        picture.note(parts.exif)
        if facts.type == .tiff { return try picture.inWholeNumbers() }
        guard let colors, colors.described != nil else { return picture }
        let profile = colors.described?.profile(isGrey: picture.isGrey)
        return try picture.with(profile: profile, insteadOfOwn: colors.overridesProfile)
    }

    /// Every scan is a pass over the whole picture, whatever it brings. libjpeg writes ten of them.
    private static let scanLimit = 100

    private static func checkScans(of bytes: UnsafeRawBufferPointer) throws(ImagingError) {
        guard let start = bytes.baseAddress else { return }
        let scans = unsafe CVipsShim_count_scans(start, bytes.count)
        if scans > scanLimit {
            throw ImagingError(
                .broken, "a JPEG of \(scans) scans and segments between them, up to \(scanLimit)")
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
}
