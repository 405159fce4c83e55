package import Rendition

/// Looks at an encoded picture as far as its container tells: what size it says, whether it is
/// whole, and whether there are pixels in it. An encoder that is short of memory may end well and
/// leave them out, and a worker that is somebody else's may send anything.
///
/// Nothing is decoded, and any bytes at all are read or refused, never trapped on. The cost is a
/// walk over segments, chunks or boxes.
package enum EncodedFile {
    /// The size of a whole file of this format with something in it; else `nil`. Of an animation
    /// it is that of a frame.
    package static func size(_ bytes: RawSpan, as format: OutputFormat) -> PixelSize? {
        switch format {
        case .jpeg: jpeg(bytes)
        case .png: png(bytes)
        case .webp: webp(bytes)
        case .avif: avif(bytes)
        case .jxl: jxl(bytes)
        case .gif: gif(bytes)
        }
    }

    static func size(_ width: Int, _ height: Int) -> PixelSize? {
        guard PictureBounds.contain(width: width, height: height) else { return nil }
        return PixelSize(width: width, height: height)
    }

    /// ITU-T T.81 §B.1: segments up to the first scan, and the mark of the end behind it.
    private static func jpeg(_ bytes: RawSpan) -> PixelSize? {
        guard bytes.big16(0) == 0xFFD8, bytes.big16(bytes.byteCount - 2) == 0xFFD9
        else { return nil }
        var found: PixelSize?
        var offset = 2
        while let marker = bytes.big16(offset), let length = bytes.big16(offset + 2), length >= 2 {
            switch marker {
            case 0xFFDA:
                // The scan has some data before the end.
                return offset + 2 + length < bytes.byteCount - 2 ? found : nil
            case 0xFFC0, 0xFFC1, 0xFFC2:
                guard let height = bytes.big16(offset + 5), let width = bytes.big16(offset + 7)
                else { return nil }
                found = size(width, height)
            default: break
            }
            offset += 2 + length
        }
        return nil
    }

    /// PNG 3rd edition §5.3: chunks from IHDR to IEND.
    private static func png(_ bytes: RawSpan) -> PixelSize? {
        guard bytes.big32(0) == 0x8950_4E47, bytes.big32(4) == 0x0D0A_1A0A,
            bytes.has("IHDR", at: 12), let width = bytes.big32(16), let height = bytes.big32(20)
        else { return nil }
        var (offset, pixels) = (8, 0)
        while let length = bytes.big32(offset) {
            if bytes.has("IDAT", at: offset + 4) { pixels += length }
            if bytes.has("IEND", at: offset + 4) {
                return length == 0 && offset + 12 == bytes.byteCount && pixels > 0
                    ? size(width, height) : nil
            }
            offset += 12 + length
        }
        return nil
    }

    /// https://developers.google.com/speed/webp/docs/riff_container
    private static func webp(_ bytes: RawSpan) -> PixelSize? {
        guard bytes.has("RIFF", at: 0), bytes.has("WEBP", at: 8),
            bytes.little(4, 4).map({ $0 + 8 }) == bytes.byteCount
        else { return nil }
        var canvas: PixelSize?
        var frame: PixelSize?
        var offset = 12
        while let length = bytes.little(offset + 4, 4) {
            let content = offset + 8
            guard length <= bytes.byteCount - content else { return nil }
            if bytes.has("VP8X", at: offset), let width = bytes.little(content + 4, 3),
                let height = bytes.little(content + 7, 3)
            {
                canvas = size(width + 1, height + 1)
            } else if bytes.has("VP8 ", at: offset), length > 10,
                let width = bytes.little(content + 6, 2), let height = bytes.little(content + 8, 2)
            {
                frame = frame ?? size(width & 0x3FFF, height & 0x3FFF)
            } else if bytes.has("VP8L", at: offset), length > 5,
                let bits = bytes.little(content + 1, 4)
            {
                frame = frame ?? size(bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
            } else if bytes.has("ANMF", at: offset), length > 24 {
                frame = frame ?? canvas
            }
            offset = content + length + length % 2
        }
        guard offset == bytes.byteCount, let frame else { return nil }
        return canvas ?? frame
    }

    /// GIF89a §15 on: blocks up to the trailer, and an image among them.
    private static func gif(_ bytes: RawSpan) -> PixelSize? {
        guard bytes.has("GIF8", at: 0), let width = bytes.little(6, 2),
            let height = bytes.little(8, 2), let flags = bytes.byte(10)
        else { return nil }
        var offset = 13 + colorTableByteCount(flags)
        var hasImage = false
        while let block = bytes.byte(offset) {
            switch block {
            case 0x3B: return hasImage && offset + 1 == bytes.byteCount ? size(width, height) : nil
            case 0x21: offset += 2
            case 0x2C:
                guard let flags = bytes.byte(offset + 9) else { return nil }
                offset += 11 + colorTableByteCount(flags)
                hasImage = hasImage || bytes.byte(offset) ?? 0 > 0
            default: return nil
            }
            while let count = bytes.byte(offset), count > 0 { offset += 1 + Int(count) }
            offset += 1
        }
        return nil
    }

    private static func colorTableByteCount(_ flags: UInt8) -> Int {
        flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1)
    }
}

/// Numbers at places that may not exist: `nil` beyond the end.
extension RawSpan {
    func byte(_ offset: Int) -> UInt8? {
        guard offset >= 0, offset < byteCount else { return nil }
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    func big16(_ offset: Int) -> Int? { big(offset, 2) }
    func big32(_ offset: Int) -> Int? { big(offset, 4) }

    /// Of up to 7 bytes.
    func big(_ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= byteCount - count else { return nil }
        return (offset..<offset + count).reduce(0) { $0 << 8 | Int(byte($1) ?? 0) }
    }

    func little(_ offset: Int, _ count: Int) -> Int? {
        guard offset >= 0, offset <= byteCount - count else { return nil }
        return (offset..<offset + count).reversed().reduce(0) { $0 << 8 | Int(byte($1) ?? 0) }
    }

    func has(_ mark: StaticString, at offset: Int) -> Bool {
        mark.withUTF8Buffer { mark in
            mark.indices.allSatisfy { unsafe byte(offset + $0) == mark[$0] }
        }
    }
}
