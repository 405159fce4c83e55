internal import Containers
internal import WorkerLink

/// What a file says of its parts, read before any decoder sees it, and what is changed in it for
/// them.
///
/// EXIF is read here and kept from all of them: the library that libvips has for it follows every
/// offset as often as it stands there, at each decoding.
struct FileParts {
    let chunks: PNGChunks?
    let segments: JPEGSegments?
    /// What an AVIF or HEIC file shows.
    let heif: HEIFPicture?
    let exif: EXIFFields
    /// In order.
    let edits: [Edit]
    /// JPEG: whether data is missing before the mark that is put in, the decoder only warns of.
    let failsOnWarnings: Bool

    /// Scanners and maps write some dozens.
    static let fieldLimit = 300

    init(_ file: RawSpan, _ type: ImageType) throws(ImagingError) {
        var (chunks, segments): (PNGChunks?, JPEGSegments?)
        var heif: HEIFPicture?
        var place: Range<Int>?
        var edits: [Edit] = []
        var isUnmarked = false
        switch type {
        case .png:
            let found = try PNGChunks(file)
            edits = (found.toDrop.map { Edit(range: $0) } + PNGPalette.edits(file)).sorted {
                $0.range.lowerBound < $1.range.lowerBound
            }
            (chunks, place) = (found, found.exif)
        case .webp:
            let found = WebPChunks(file)
            (edits, place) = (found.edits, found.exif)
        case .gif: edits = GIFBlocks.edits(file)
        case .tiff: edits = try Self.firstPictureOnly(file)
        case .jpeg:
            isUnmarked = JPEGEnd(file) == .unmarked
            let end = file.byteCount
            if isUnmarked { edits = [Edit(range: end..<end, bytes: [0xff, 0xd9])] }
            let found = JPEGSegments(file)
            (segments, place) = (found, found.exif)
        case .avif, .heic:
            let found = try HEIFPicture(reading: file)
            (heif, place) = (found, found.exif)
        case .jxl, .bmp: break
        }
        (self.chunks, self.segments, self.heif) = (chunks, segments, heif)
        (self.edits, failsOnWarnings) = (edits, isUnmarked)
        exif = place.map { EXIFFields(file, in: $0) } ?? EXIFFields()
    }

    /// Further pages are not shown, and cost a look at each.
    private static func firstPictureOnly(_ file: RawSpan) throws(ImagingError) -> [Edit] {
        guard let directory = TIFFDirectory(file) else { return [] }
        guard directory.fields <= fieldLimit else {
            throw ImagingError(
                .broken, "a TIFF of \(directory.fields) fields, up to \(fieldLimit)")
        }
        return directory.next.map { [Edit(range: $0, bytes: $0.map { _ in 0 })] } ?? []
    }
}
