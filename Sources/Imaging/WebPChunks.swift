internal import Containers

/// The chunk list of a WebP (RFC 9649 §2): where its head does not agree with it, and its EXIF.
struct WebPChunks {
    private static let animation: UInt8 = 0x02
    private static let exifFlag: UInt8 = 0x08
    private static let alpha: UInt8 = 0x10

    /// A length of the file that says more than there is, or less than the pixels need; and alpha
    /// of pixels without loss that the head does not tell of. That of others nobody shows. EXIF
    /// the decoder is not to know of.
    private(set) var edits: [Edit] = []
    /// The content of the first chunk of it that the head tells of.
    private(set) var exif: Range<Int>?

    init(_ file: RawSpan) {
        guard let declared = file.littleEndian32(at: 4).map({ Int($0) + 8 }) else { return }
        var (offset, flags) = (12, Int?.none)
        var (hasAlpha, isCut) = (false, false)
        var unnamed: [Edit] = []
        while let length = file.littleEndian32(at: offset + 4).map(Int.init) {
            let content = offset + 8
            guard content + length <= file.byteCount else { break }
            if file.matches("VP8X", at: offset), offset == 12 { flags = content }
            // In the head of pixels without loss stands whether alpha is in use.
            if file.matches("VP8L", at: offset), let byte = file.byte(at: content + 4) {
                hasAlpha = hasAlpha || byte & 0x10 != 0
            }
            if file.matches("EXIF", at: offset) {
                exif = exif ?? content..<content + length
                unnamed.append(Edit(range: offset..<offset + 4, bytes: Array("none".utf8)))
            }
            isCut = isCut || content + length > declared
            offset = content + length + length % 2
        }
        if offset > 12, declared > file.byteCount + 1 || isCut {
            let length = UInt32(clamping: offset - 8)
            edits.append(
                Edit(
                    range: 4..<8,
                    bytes: (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }))
        }
        let said = flags.flatMap { file.byte(at: $0) } ?? 0
        if said & Self.exifFlag == 0 { exif = nil }
        var byte = said & ~Self.exifFlag
        if hasAlpha, byte & (Self.alpha | Self.animation) == 0 { byte |= Self.alpha }
        if let flags, byte != said {
            edits.append(Edit(range: flags..<flags + 1, bytes: [byte]))
        }
        edits += unnamed
        if !edits.isEmpty, offset == file.byteCount + 1 {
            edits.append(Edit(range: file.byteCount..<file.byteCount, bytes: [0]))
        }
    }
}
