internal import CVipsShim
internal import Containers
internal import WorkerLink

/// One owner of what decoders made.
@safe struct Planes: ~Copyable {
    private let planes: OpaquePointer

    deinit { unsafe CVipsShim_free_planes(planes) }

    init(
        of layer: HEIFPicture.Layer, in bytes: UnsafeRawBufferPointer
    ) throws(ImagingError) {
        unsafe planes = CVipsShim_new_planes(
            CInt(clamping: layer.width), CInt(clamping: layer.height))
        for (index, tile) in layer.tiles.enumerated() {
            let corner = (
                x: index % layer.columns * tile.width, y: index / layer.columns * tile.height
            )
            try unsafe decode(tile, as: layer.codec, at: corner, in: bytes)
        }
    }

    var colors: CVipsShim_Colours { unsafe CVipsShim_coded_colours(planes) }

    /// Gives them away, to an image.
    consuming func relinquished() -> OpaquePointer {
        let planes = unsafe planes
        discard self
        return unsafe planes
    }

    private borrowing func decode(
        _ tile: HEIFPicture.Tile, as codec: HEIFPicture.Codec, at corner: (x: Int, y: Int),
        in bytes: UnsafeRawBufferPointer
    ) throws(ImagingError) {
        // Pieces that lie apart are put together first.
        var joined: [UInt8] = []
        if tile.pieces.count > 1 {
            for piece in tile.pieces { unsafe joined += bytes[piece] }
        }
        try unsafe joined.span.bytes.withUnsafeBytes { joined throws(ImagingError) in
            let isWhole = tile.pieces.count == 1
            let data =
                unsafe isWhole ? UnsafeRawBufferPointer(rebasing: bytes[tile.pieces[0]]) : joined
            let pieces = try unsafe Self.pieces(tile, codec, data, in: bytes)
            let type = codec == .av1 ? CVipsShim_avif : CVipsShim_heic
            try ImagingError.check(
                unsafe CVipsShim_decode_tile(
                    planes, CInt(type), pieces, CInt(pieces.count), CInt(clamping: tile.width),
                    CInt(clamping: tile.height), CInt(clamping: corner.x), CInt(clamping: corner.y))
            )
        }
    }

    /// What the decoder takes one by one.
    private static func pieces(
        _ tile: HEIFPicture.Tile, _ codec: HEIFPicture.Codec, _ data: UnsafeRawBufferPointer,
        in bytes: UnsafeRawBufferPointer
    ) throws(ImagingError) -> [CVipsShim_Piece] {
        func piece(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> CVipsShim_Piece? {
            guard let start = bytes.baseAddress, !range.isEmpty else { return nil }
            return unsafe CVipsShim_Piece(start: start + range.lowerBound, count: range.count)
        }
        let found: [CVipsShim_Piece]
        switch codec {
        case .av1: unsafe found = [piece(data, 0..<data.count)].compactMap(\.self)
        case .hevc:
            do throws(ContainerError) {
                let settings = try unsafe HEVCUnits.configuration(
                    bytes.bytes, in: tile.configuration)
                let units = try unsafe HEVCUnits.units(
                    of: data.bytes, lengthSize: settings.lengthSize)
                unsafe found =
                    settings.parameterSets.compactMap { unsafe piece(bytes, $0) }
                    + units.compactMap { unsafe piece(data, $0) }
            } catch {
                throw ImagingError(.broken, error.detail)
            }
        }
        guard unsafe !found.isEmpty
        else { throw ImagingError(.broken, "the file ends before the picture's bytes do") }
        return unsafe found
    }
}
