/// The tracks of a `moov` box, as far as their first frame asks for it (ISO/IEC 14496-12 §8).
struct HEIFTracks {
    fileprivate struct Track {
        var identity: UInt32 = 0
        var isAlpha = false
        /// The track that this one is the alpha of.
        var colorTrack: UInt32?
        var isPremultiplied = false
        var quarters = 0
        var layer: HEIFPicture.Layer
        var colors: [Box] = []
    }

    private var tracks: [Track] = []
    private var colors = HEIFPicture?.none

    init(_ bytes: RawSpan, movie: Range<Int>) throws(ContainerError) {
        var refusal = ContainerError("no track of pictures in the file")
        for box in Box.list(bytes, in: movie) where box.hasType("trak") {
            do throws(ContainerError) {
                if let track = try Self.track(bytes, Box.list(bytes, in: box.content)) {
                    tracks.append(track)
                }
            } catch { refusal = error }
        }
        guard let shown = tracks.first(where: { !$0.isAlpha }) else { throw refusal }
        var picture = HEIFPicture(color: shown.layer)
        for box in shown.colors { try picture.read(bytes, box) }
        if shown.quarters > 0 { picture.transforms = [.turn(quarters: shown.quarters)] }
        if let alpha = tracks.first(where: { $0.isAlpha && $0.colorTrack == shown.identity }) {
            picture.alpha = alpha.layer
            picture.isPremultiplied = alpha.isPremultiplied || shown.isPremultiplied
        }
        colors = picture
    }

    func picture() throws(ContainerError) -> HEIFPicture {
        guard let colors else { throw ContainerError("no track of pictures in the file") }
        return colors
    }

    /// `nil` for a track that holds no pictures.
    private static func track(
        _ bytes: RawSpan, _ boxes: [Box]
    ) throws(ContainerError) -> Track? {
        guard let media = boxes.first("mdia") else { return nil }
        let parts = Box.list(bytes, in: media.content)
        guard let handler = parts.first("hdlr"),
            let kind = bytes.bigEndian32(
                at: handler.content.lowerBound + 8),
            let information = parts.first("minf"),
            let table = Box.list(bytes, in: information.content).first("stbl")
        else { return nil }
        guard
            [UInt32(letters: "pict"), UInt32(letters: "vide"), UInt32(letters: "auxv")].contains(
                kind)
        else { return nil }
        let samples = Box.list(bytes, in: table.content)
        var track = try entry(bytes, samples)
        track.layer.tiles[0].pieces = [try firstSample(bytes, samples)]
        track.isAlpha = kind == UInt32(letters: "auxv")
        if let header = boxes.first("tkhd") { try track.read(bytes, header: header.content) }
        guard let references = boxes.first("tref") else { return track }
        for box in Box.list(bytes, in: references.content) {
            if box.hasType("auxl") {
                track.colorTrack = bytes.bigEndian32(at: box.content.lowerBound)
            }
            if box.hasType("prem") { track.isPremultiplied = true }
        }
        return track
    }

    /// Codec, size and colours stand in the sample entry.
    private static func entry(
        _ bytes: RawSpan, _ samples: [Box]
    ) throws(ContainerError) -> Track {
        guard let description = samples.first("stsd"), description.content.count > 8,
            let entry = Box.list(
                bytes, in: description.content.lowerBound + 8..<description.content.upperBound
            ).first, entry.content.count >= 78
        else { throw ContainerError("a track without its description") }
        let codec = try HEIFPicture.Codec(itemType: entry.type)
        let start = entry.content.lowerBound
        guard let width = bytes.bigEndian16(at: start + 24),
            let height = bytes.bigEndian16(at: start + 26), width > 0, height > 0
        else { throw ContainerError("a track without its size") }
        let boxes = Box.list(bytes, in: start + 78..<entry.content.upperBound)
        guard let configuration = boxes.first(codec == .av1 ? "av1C" : "hvcC")
        else { throw ContainerError("a track without its decoder's settings") }
        let tile = HEIFPicture.Tile(
            pieces: [], configuration: configuration.content, width: Int(width),
            height: Int(height))
        return Track(
            layer: HEIFPicture.Layer(
                codec: codec, width: Int(width), height: Int(height), tiles: [tile]),
            colors: boxes.filter { $0.hasType("colr") })
    }

    /// The first of the first chunk.
    private static func firstSample(
        _ bytes: RawSpan, _ samples: [Box]
    ) throws(ContainerError) -> Range<Int> {
        let offset: UInt64? =
            if let box = samples.first("stco") {
                bytes.bigEndian32(at: box.content.lowerBound + 8).map(UInt64.init)
            } else if let box = samples.first("co64") {
                bytes.bigEndian64(at: box.content.lowerBound + 8)
            } else { nil }
        guard let offset, let sizes = samples.first("stsz"),
            let common = bytes.bigEndian32(at: sizes.content.lowerBound + 4),
            let size = common > 0 ? common : bytes.bigEndian32(at: sizes.content.lowerBound + 12)
        else { throw ContainerError("a track without a frame") }
        guard size > 0, offset <= UInt64(bytes.byteCount),
            UInt64(size) <= UInt64(bytes.byteCount) - offset
        else { throw ContainerError("the file ends before the picture's bytes do") }
        return Int(offset)..<Int(offset) + Int(size)
    }
}

extension HEIFTracks.Track {
    fileprivate mutating func read(
        _ bytes: RawSpan, header: Range<Int>
    ) throws(ContainerError) {
        var reader = BoxReader(header)
        let (version, _) = try reader.head(bytes)
        try reader.skip(version == 0 ? 8 : 16)
        identity = UInt32(try reader.integer(bytes, 4))
        // To the matrix: a reserved word, the duration, two more, layer, group, volume, another.
        try reader.skip(4 + (version == 0 ? 4 : 8) + 16)
        let (a, b) = (try reader.integer(bytes, 4), try reader.integer(bytes, 4))
        try reader.skip(4)
        let (c, d) = (try reader.integer(bytes, 4), try reader.integer(bytes, 4))
        let (one, minusOne) = (0x10000, 0xffff_0000)
        quarters =
            switch (a, b, c, d) {
            case (0, one, minusOne, 0): 1
            case (minusOne, 0, 0, minusOne): 2
            case (0, minusOne, one, 0): 3
            default: 0
            }
    }
}
