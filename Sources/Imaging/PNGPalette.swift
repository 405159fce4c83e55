internal import CVipsShim
internal import Containers

/// Where the palette of a PNG does not agree with its pixels, or with the alpha of its colours.
///
/// Browsers show an index beyond the palette as its last colour, and take of more alpha than there
/// are colours what there are colours for. The decoder shows black, and takes none.
enum PNGPalette {
    private static let indexed: UInt8 = 3

    static func edits(_ file: RawSpan) -> [Edit] {
        guard file.byte(at: 25) == indexed, let depth = file.byte(at: 24), depth <= 8
        else { return [] }
        var (edits, colors): ([Edit], Int?) = ([], nil)
        var offset = PNGChunks.signature.count
        while let length = file.bigEndian32(at: offset).map(Int.init),
            !file.matches("IDAT", at: offset + 4), offset + 12 + length <= file.byteCount
        {
            let whole = offset..<offset + 12 + length
            if file.matches("PLTE", at: offset + 4), colors == nil, 1...256 ~= length / 3,
                length % 3 == 0
            {
                colors = length / 3
                let missing = (1 << Int(depth)) - length / 3
                let given = bytes(file, whole, length)
                if missing > 0 {
                    let rest = Array(repeating: given.suffix(3), count: missing).joined()
                    edits.append(Edit(range: whole, bytes: chunk("PLTE", given + rest)))
                }
            } else if file.matches("tRNS", at: offset + 4), let colors, length > colors {
                let known = bytes(file, whole, colors)
                edits.append(Edit(range: whole, bytes: chunk("tRNS", known)))
            }
            offset = whole.upperBound
        }
        return edits
    }

    /// The first bytes of a chunk's content.
    private static func bytes(_ file: RawSpan, _ chunk: Range<Int>, _ count: Int) -> [UInt8] {
        (0..<count).compactMap { file.byte(at: chunk.lowerBound + 8 + $0) }
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + content
        let checksum = unsafe CVipsShim_png_checksum(checked, checked.count)
        return bigEndian(UInt32(content.count)) + checked + bigEndian(checksum)
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
