internal import Containers
internal import WorkerLink

/// The chunk list of a PNG, walked before libpng sees it (PNG 3rd edition, §5).
///
/// libpng allocates what a chunk's length field claims, and libvips inflates every text chunk: a
/// chunk must end inside the file, and text that could be a bomb is left out of what is decoded.
/// libpng also inflates what lies behind the last pixel, to its end: there must be no more data
/// than the pixels take as they are.
struct PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    /// Of all text chunks together; more is left out.
    private static let textLimit = 65_536
    /// libvips refuses a file with more than 20.
    private static let textChunkLimit = 16

    let width: Int
    let height: Int
    let bitDepth: UInt8
    let isInterlaced: Bool
    /// Ranges of the chunks to leave out: EXIF, and all text unless it is harmless. Not in order.
    let toDrop: [Range<Int>]
    /// The content of the first one.
    let exif: Range<Int>?

    init(_ bytes: RawSpan) throws(ImagingError) {
        var (texts, exif): ([Range<Int>], [Range<Int>]) = ([], [])
        var textBytes = 0
        var mustDrop = false
        var pixelBytes = 0
        var offset = Self.signature.count
        guard bytes.bigEndian32(at: offset) == 13, bytes.matches("IHDR", at: offset + 4),
            let width = bytes.bigEndian32(at: offset + 8),
            let height = bytes.bigEndian32(at: offset + 12),
            let depth = bytes.byte(at: offset + 16), let color = bytes.byte(at: offset + 17),
            let interlace = bytes.byte(at: offset + 20)
        else { throw ImagingError(.broken, "PNG does not begin with IHDR") }
        while offset < bytes.byteCount {
            guard let length = bytes.bigEndian32(at: offset), length <= 0x7fff_ffff,
                offset + 12 + Int(length) <= bytes.byteCount
            else {
                // Behind the pixels nothing is missed, not even the end's own mark.
                if pixelBytes > 0, !bytes.matches("IDAT", at: offset + 4) { break }
                throw ImagingError(.broken, "PNG chunk reaches beyond the end of the file")
            }
            let end = offset + 12 + Int(length)
            if bytes.matches("IDAT", at: offset + 4) { pixelBytes += Int(length) }
            if bytes.matches("IEND", at: offset + 4) { break }
            if bytes.matches("eXIf", at: offset + 4) { exif.append(offset..<end) }
            let isPlainText = bytes.matches("tEXt", at: offset + 4)
            if isPlainText || bytes.matches("zTXt", at: offset + 4)
                || bytes.matches("iTXt", at: offset + 4)
            {
                texts.append(offset..<end)
                textBytes += Int(length)
                mustDrop = mustDrop || !isPlainText
            }
            offset = end
        }
        guard pixelBytes > 0 else { throw ImagingError(.broken, "PNG without IDAT") }
        guard width > 0, height > 0, width <= 0x7fff_ffff, height <= 0x7fff_ffff
        else { throw ImagingError(.broken, "PNG with an impossible size") }
        guard pixelBytes <= Self.mostBytes(width: Int(width), height: Int(height), depth, color)
        else { throw ImagingError(.broken, "PNG with more data than pixels") }
        (self.width, self.height) = (Int(width), Int(height))
        (bitDepth, isInterlaced) = (depth, interlace == 1)
        mustDrop = mustDrop || textBytes > Self.textLimit || texts.count > Self.textChunkLimit
        toDrop = exif + (mustDrop ? texts : [])
        self.exif = exif.first.map { $0.lowerBound + 8..<$0.upperBound - 4 }
    }

    /// What zlib makes of the rows if it can do nothing for them, of an interlaced one too.
    private static func mostBytes(width: Int, height: Int, _ depth: UInt8, _ color: UInt8) -> Int {
        let channels = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][color] ?? 4
        let (bits, _) = width.multipliedReportingOverflow(by: channels * Int(min(depth, 16)))
        let (bytes, isMore) = (bits / 8 + 16).multipliedReportingOverflow(by: height)
        return isMore ? .max : bytes / 50 * 51 + 65_536
    }
}
