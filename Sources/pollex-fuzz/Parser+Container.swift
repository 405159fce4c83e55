internal import Containers

extension Parser {
    /// What is to be decoded lies in the file, and what is cut out of it in the picture.
    static func checkContainer(_ bytes: [UInt8]) {
        let file = unsafe bytes.span.bytes
        checkHeads(file)
        guard let picture = try? HEIFPicture(file) else { return }
        let whole = 0..<bytes.count
        func isInside(_ range: Range<Int>) -> Bool {
            range.lowerBound >= whole.lowerBound && range.upperBound <= whole.upperBound
        }
        for layer in [picture.color, picture.alpha].compactMap(\.self) {
            precondition(layer.rows * layer.columns == layer.tiles.count && layer.columns > 0)
            for tile in layer.tiles {
                precondition(tile.width > 0 && tile.height > 0 && !tile.pieces.isEmpty)
                precondition(tile.pieces.allSatisfy(isInside) && isInside(tile.configuration))
                checkUnits(tile, of: file)
            }
        }
        precondition(
            [picture.profile, picture.exif, picture.xmp].compactMap(\.self).allSatisfy(isInside))
        var size = (width: picture.color.width, height: picture.color.height)
        for transform in picture.transforms {
            switch transform {
            case .crop(let x, let y, let width, let height):
                precondition(x >= 0 && y >= 0 && width > 0 && height > 0)
                precondition(x + width <= size.width && y + height <= size.height)
                size = (width, height)
            case .turn(let quarters):
                precondition((1...3).contains(quarters))
                if quarters != 2 { size = (size.height, size.width) }
            case .mirror: break
            }
        }
        precondition(picture.size == size)
    }

    /// What is left out of other files lies in them.
    private static func checkHeads(_ file: RawSpan) {
        let fields = EXIFFields(file, in: 0..<file.byteCount)
        precondition(fields.orientation.map { (1...8).contains($0) } != false)
        let segments = JPEGSegments(file)
        var end = 0
        for range in segments.unneeded + [segments.headEnd..<file.byteCount] {
            precondition(range.lowerBound >= end && range.upperBound <= file.byteCount)
            end = range.upperBound
        }
        if let next = TIFFDirectory(file)?.next { precondition(next.upperBound <= file.byteCount) }
    }

    private static func checkUnits(_ tile: HEIFPicture.Tile, of file: RawSpan) {
        guard let settings = try? HEVCUnits.configuration(file, in: tile.configuration) else {
            return
        }
        precondition(
            settings.parameterSets.allSatisfy { tile.configuration.contains($0.lowerBound) })
        let piece = file.extracting(tile.pieces[0])
        guard let units = try? HEVCUnits.units(of: piece, lengthSize: settings.lengthSize)
        else { return }
        precondition(units.allSatisfy { $0.upperBound <= piece.byteCount && !$0.isEmpty })
    }
}
