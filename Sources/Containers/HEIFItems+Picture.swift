extension HEIFItems {
    /// The primary item with all that belongs to it. AVIF turns and crops in one order whatever the
    /// list says (MIAF §7.3.6.7), as browsers do.
    func picture(
        _ bytes: RawSpan, inOrderOfMIAF: Bool
    ) throws(ContainerError) -> HEIFPicture {
        guard let primary else { throw ContainerError("no primary item in the file") }
        // An item that is another one's picture once more, with properties of its own.
        var chain = [primary]
        while let last = chain.last, items[last]?.type == UInt32(letters: "iden"), chain.count < 4,
            let next = targets("dimg", from: last).first
        {
            chain.append(next)
        }
        let inner = chain[chain.count - 1]
        var picture = HEIFPicture(color: try layer(bytes, of: inner))
        for item in chain.reversed() {
            for box in properties(of: item) where box.hasType("colr") {
                try picture.read(bytes, box)
            }
        }
        if picture.codePoints == nil, picture.profile == nil,
            let tile = targets("dimg", from: inner).first, picture.color.tiles.count > 1
        {
            for box in properties(of: tile) where box.hasType("colr") {
                try picture.read(bytes, box)
            }
        }
        try addAlpha(to: &picture, bytes, of: chain)
        for item in chain.reversed() {
            let boxes = properties(of: item)
            let ordered =
                inOrderOfMIAF
                ? [boxes.first("clap"), boxes.first("irot"), boxes.first("imir")].compactMap(\.self)
                : boxes
            for box in ordered { try picture.transform(bytes, by: box) }
        }
        guard picture.transforms.count <= HEIFPicture.mostTransforms
        else { throw ContainerError("a picture that is turned and cropped too often") }
        for item in sources("cdsc", to: primary)
            + (inner == primary ? [] : sources("cdsc", to: inner))
        {
            picture.describe(bytes, by: items[item])
        }
        return picture
    }

    private func layer(_ bytes: RawSpan, of id: UInt32) throws(ContainerError) -> HEIFPicture.Layer
    {
        if items[id]?.type == UInt32(letters: "grid") { return try grid(bytes, of: id) }
        let (codec, tile) = try tile(bytes, of: id)
        return HEIFPicture.Layer(
            codec: codec, width: tile.width, height: tile.height, tiles: [tile])
    }

    private func tile(
        _ bytes: RawSpan, of id: UInt32
    ) throws(ContainerError) -> (HEIFPicture.Codec, HEIFPicture.Tile) {
        guard let item = items[id] else {
            throw ContainerError("an item of the picture is missing")
        }
        let codec = try HEIFPicture.Codec(itemType: item.type)
        let boxes = properties(of: id)
        guard let configuration = boxes.first(codec == .av1 ? "av1C" : "hvcC"),
            let (width, height) = Self.size(bytes, boxes)
        else { throw ContainerError("an item without its size or its decoder's settings") }
        guard !item.pieces.isEmpty
        else { throw ContainerError("the file ends before the picture's bytes do") }
        guard item.pieces.reduce(0, { $0 + $1.count }) <= bytes.byteCount
        else { throw ContainerError("a picture of more bytes than the file has") }
        return (
            codec,
            HEIFPicture.Tile(
                pieces: item.pieces, configuration: configuration.content, width: width,
                height: height)
        )
    }

    /// Sides of 0 show nothing, and more than 2^31 no decoder takes.
    private static func size(_ bytes: RawSpan, _ boxes: [Box]) -> (Int, Int)? {
        guard let box = boxes.first("ispe"), box.content.count >= 12,
            let width = bytes.bigEndian32(at: box.content.lowerBound + 4),
            let height = bytes.bigEndian32(at: box.content.lowerBound + 8),
            (1...0x7fff_ffff).contains(width), (1...0x7fff_ffff).contains(height)
        else { return nil }
        return (Int(width), Int(height))
    }

    /// ISO/IEC 23008-12 §6.6.2.3.
    private func grid(_ bytes: RawSpan, of id: UInt32) throws(ContainerError) -> HEIFPicture.Layer {
        guard let content = items[id]?.pieces.first, content.count >= 8
        else { throw ContainerError("a grid without its description") }
        var reader = BoxReader(content)
        _ = try reader.integer(bytes, 1)
        let size = try reader.integer(bytes, 1) & 1 == 1 ? 4 : 2
        let (rows, columns) = (try reader.integer(bytes, 1) + 1, try reader.integer(bytes, 1) + 1)
        let (width, height) = (try reader.integer(bytes, size), try reader.integer(bytes, size))
        return try grid(
            bytes, of: targets("dimg", from: id), rows: rows, columns: columns, width: width,
            height: height)
    }

    /// Tiles of at least 64 pixels a side (MIAF §7.3.11.4.2), which cover the picture and no more
    /// than one of them beyond it.
    private func grid(
        _ bytes: RawSpan, of ids: [UInt32], rows: Int, columns: Int, width: Int, height: Int
    ) throws(ContainerError) -> HEIFPicture.Layer {
        guard ids.count == rows * columns, let first = ids.first, width > 0, height > 0,
            width <= 0x7fff_ffff, height <= 0x7fff_ffff
        else { throw ContainerError("a grid whose tiles are not all there") }
        let (codec, model) = try tile(bytes, of: first)
        var tiles: [HEIFPicture.Tile] = []
        for id in ids {
            let (other, tile) = try tile(bytes, of: id)
            guard other == codec, tile.width == model.width, tile.height == model.height
            else { throw ContainerError("a grid of unequal tiles") }
            tiles.append(tile)
        }
        let isWhole =
            tiles.count == 1 || (model.width >= 64 && model.height >= 64)
        guard isWhole, columns * model.width >= width, (columns - 1) * model.width < width,
            rows * model.height >= height, (rows - 1) * model.height < height
        else { throw ContainerError("a grid whose tiles do not fit its size") }
        return HEIFPicture.Layer(
            codec: codec, width: width, height: height, columns: columns, tiles: tiles)
    }

    /// Its own item, or where the picture is a grid one for each of its tiles.
    private func addAlpha(
        to picture: inout HEIFPicture, _ bytes: RawSpan, of chain: [UInt32]
    ) throws(ContainerError) {
        for item in chain {
            guard let alpha = alpha(bytes, of: item) else { continue }
            picture.alpha = try layer(bytes, of: alpha)
            picture.isPremultiplied = targets("prem", from: item).contains(alpha)
            return
        }
        let tiles = targets("dimg", from: chain[chain.count - 1])
        guard picture.color.tiles.count > 1, tiles.count == picture.color.tiles.count else {
            return
        }
        let alphas = tiles.compactMap { alpha(bytes, of: $0) }
        guard alphas.count == tiles.count else { return }
        let color = picture.color
        picture.alpha = try grid(
            bytes, of: alphas, rows: color.rows, columns: color.columns, width: color.width,
            height: color.height)
        picture.isPremultiplied = targets("prem", from: tiles[0]).contains(alphas[0])
    }

    private func alpha(_ bytes: RawSpan, of id: UInt32) -> UInt32? {
        sources("auxl", to: id).first { item in
            properties(of: item).contains { box in
                box.hasType("auxC") && Self.isAlpha(bytes, at: box.content.lowerBound + 4)
            }
        }
    }

    static func isAlpha(_ bytes: RawSpan, at offset: Int) -> Bool {
        bytes.matches("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", at: offset)
            || bytes.matches("urn:mpeg:hevc:2015:auxid:1", at: offset)
            || bytes.matches("urn:mpeg:avc:2015:auxid:1", at: offset)
    }
}

extension HEIFPicture.Codec {
    init(itemType type: UInt32) throws(ContainerError) {
        switch type {
        case UInt32(letters: "av01"): self = .av1
        case UInt32(letters: "hvc1"), UInt32(letters: "hev1"): self = .hevc
        case UInt32(letters: "iovl"):
            throw ContainerError("pictures made of overlays are not shown")
        default:
            let letters = (0..<4).map { UInt8(truncatingIfNeeded: type >> (24 - 8 * $0)) }
            let word = String(decoding: letters, as: UTF8.self)
            throw ContainerError("a picture coded as '\(word)' is not shown")
        }
    }
}
