internal import Rendition

/// Files of boxes (ISO/IEC 14496-12 §4.2), and the codestream of JPEG XL.
extension EncodedFile {
    /// ISO/IEC 23008-12: items, each somewhere in the file, and a size that one of them has.
    static func avif(_ bytes: RawSpan) -> PixelSize? {
        guard bytes.has("ftyp", at: 4),
            let meta = box("meta", in: 0..<bytes.byteCount, of: bytes), meta.count > 4
        else { return nil }
        let boxes = meta.lowerBound + 4..<meta.upperBound
        guard let locations = box("iloc", in: boxes, of: bytes),
            hasItems(locations, of: bytes),
            let properties = box("iprp", in: boxes, of: bytes),
            let container = box("ipco", in: properties, of: bytes),
            let extents = box("ispe", in: container, of: bytes), extents.count >= 12,
            let width = bytes.big32(extents.lowerBound + 4),
            let height = bytes.big32(extents.lowerBound + 8)
        else { return nil }
        return size(width, height)
    }

    /// The content of the first box of this type; `nil` also where one before it is damaged.
    private static func box(
        _ type: StaticString, in range: Range<Int>, of bytes: RawSpan
    ) -> Range<Int>? {
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound, let short = bytes.big32(offset) {
            var (head, length) = (8, short)
            if short == 1 {
                // More than 7 bytes no file of ours needs.
                guard bytes.byte(offset + 8) == 0, let long = bytes.big(offset + 9, 7)
                else { return nil }
                (head, length) = (16, long)
            } else if short == 0 {
                length = range.upperBound - offset
            }
            guard length >= head, length <= range.upperBound - offset else { return nil }
            if bytes.has(type, at: offset + 4) { return offset + head..<offset + length }
            offset += length
        }
        return nil
    }

    /// ISO/IEC 14496-12 §8.11.3: whether there are items, and all of each lie in the file.
    private static func hasItems(_ range: Range<Int>, of bytes: RawSpan) -> Bool {
        guard let version = bytes.byte(range.lowerBound), version < 3,
            let sizes = bytes.big16(range.lowerBound + 4)
        else { return false }
        let (offsets, lengths) = (sizes >> 12, sizes >> 8 & 15)
        let (bases, indexes) = (sizes >> 4 & 15, version == 0 ? 0 : sizes & 15)
        guard [offsets, lengths, bases, indexes].allSatisfy({ $0 == 0 || $0 == 4 }) else {
            return false
        }
        let wide = version == 2 ? 4 : 2
        var at = range.lowerBound + 6
        func next(_ count: Int) -> Int? {
            guard at + count <= range.upperBound, let number = bytes.big(at, count)
            else { return nil }
            at += count
            return number
        }
        guard let items = next(wide), items > 0 else { return false }
        for _ in 0..<items {
            guard next(wide) != nil, let method = version == 0 ? 0 : next(2), next(2) != nil,
                let base = next(bases), let extents = next(2), extents > 0
            else { return false }
            for _ in 0..<extents {
                guard next(indexes) != nil, let offset = next(offsets), let length = next(lengths),
                    length > 0
                else { return false }
                // By another method it lies in the box of data, or in other items.
                if method & 15 == 0, base + offset + length > bytes.byteCount { return false }
            }
        }
        return true
    }

    /// ISO/IEC 18181-1 §C.2 (`SizeHeader`), in a file of its own or in the boxes of 18181-2.
    static func jxl(_ bytes: RawSpan) -> PixelSize? {
        if bytes.big16(0) == 0xFF0A { return codestream(bytes, from: 2) }
        guard bytes.has("JXL ", at: 4) else { return nil }
        let all = 0..<bytes.byteCount
        if let whole = box("jxlc", in: all, of: bytes), bytes.big16(whole.lowerBound) == 0xFF0A {
            return codestream(bytes, from: whole.lowerBound + 2)
        }
        // Its first part, after the part's number.
        guard let part = box("jxlp", in: all, of: bytes),
            bytes.big16(part.lowerBound + 4) == 0xFF0A
        else { return nil }
        return codestream(bytes, from: part.lowerBound + 6)
    }

    /// The headers of the least picture and of its frame take up more than this.
    private static let leastCodestream = 8

    private static func codestream(_ bytes: RawSpan, from start: Int) -> PixelSize? {
        guard bytes.byteCount - start > leastCodestream else { return nil }
        var bit = 8 * start
        func read(_ count: Int) -> Int {
            var number = 0
            for index in 0..<count {
                let byte = Int(bytes.byte(bit >> 3) ?? 0)
                number |= (byte >> (bit & 7) & 1) << index
                bit += 1
            }
            return number
        }
        func side(_ isSmall: Bool) -> Int {
            isSmall ? 8 * (read(5) + 1) : read([9, 13, 18, 30][read(2)]) + 1
        }
        let isSmall = read(1) == 1
        let height = side(isSmall)
        let ratios = [(1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)]
        let ratio = read(3)
        let width =
            ratio == 0 ? side(isSmall) : height * ratios[ratio - 1].0 / ratios[ratio - 1].1
        return size(width, height)
    }
}
