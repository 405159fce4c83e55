extension HEIFPicture {
    /// `colr`: by numbers or by a profile; a picture may have both (ISO/IEC 14496-12 §12.1.5).
    mutating func read(_ bytes: RawSpan, _ box: Box) throws(ContainerError) {
        var reader = BoxReader(box.content)
        switch UInt32(try reader.integer(bytes, 4)) {
        case UInt32(letters: "nclx"):
            codePoints = CodePoints(
                primaries: UInt16(try reader.integer(bytes, 2)),
                transfer: UInt16(try reader.integer(bytes, 2)),
                matrix: UInt16(try reader.integer(bytes, 2)),
                isFullRange: try reader.integer(bytes, 1) >= 128)
        case UInt32(letters: "prof"), UInt32(letters: "rICC"):
            profile = reader.offset..<box.content.upperBound
        default: break
        }
    }

    /// `clap`, `irot` or `imir`; other boxes leave it as it is.
    mutating func transform(_ bytes: RawSpan, by box: Box) throws(ContainerError) {
        var reader = BoxReader(box.content)
        if box.hasType("irot") {
            // The box counts the other way round.
            let quarters = (4 - (try reader.integer(bytes, 1) & 3)) & 3
            if quarters > 0 { transforms.append(.turn(quarters: quarters)) }
        } else if box.hasType("imir") {
            transforms.append(.mirror(topBottom: try reader.integer(bytes, 1) & 1 == 0))
        } else if box.hasType("clap") {
            var values: [Int] = []
            for _ in 0..<8 {
                values.append(Int(Int32(truncatingIfNeeded: try reader.integer(bytes, 4))))
            }
            if let crop = Self.aperture(values, of: size) { transforms.append(crop) }
        }
    }

    /// Width, height, and how far its middle lies right of and below the picture's, each a fraction
    /// (ISO/IEC 14496-12 §12.1.4). `nil` for what is no part of the picture: it is shown whole.
    private static func aperture(
        _ values: [Int], of size: (width: Int, height: Int)
    ) -> Transform? {
        func side(_ index: Int, _ full: Int) -> Range<Int>? {
            let (length, lengthUnit) = (values[index], values[index + 1])
            let (shift, shiftUnit) = (values[index + 4], values[index + 5])
            guard lengthUnit > 0, shiftUnit > 0, length > 0 else { return nil }
            let count = length / lengthUnit
            // Twice the place of the left edge, in parts of the shift's unit.
            let doubled = (full - count) * shiftUnit + 2 * shift
            guard count > 0, doubled >= 0 else { return nil }
            let first = doubled / (2 * shiftUnit)
            return first + count <= full ? first..<first + count : nil
        }
        guard let across = side(0, size.width), let down = side(2, size.height) else { return nil }
        if across.count == size.width, down.count == size.height { return nil }
        return .crop(
            x: across.lowerBound, y: down.lowerBound, width: across.count, height: down.count)
    }

    /// EXIF or XMP; of several the first.
    mutating func describe(_ bytes: RawSpan, by item: HEIFItems.Item?) {
        guard let item, item.pieces.count == 1 else { return }
        let range = item.pieces[0]
        if item.isXMP, xmp == nil {
            xmp = range
        } else if item.type == UInt32(letters: "Exif"), exif == nil,
            let skipped = bytes.bigEndian32(at: range.lowerBound), Int(skipped) < range.count - 4
        {
            // Before the TIFF file itself may stand `Exif` and two zeroes (23008-12 §A.2.1).
            exif = range.lowerBound + 4 + Int(skipped)..<range.upperBound
        }
    }
}
