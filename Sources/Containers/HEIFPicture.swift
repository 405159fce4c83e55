/// The one picture that an AVIF or HEIC file shows, as its container describes it (ISO/IEC
/// 23008-12, MIAF ISO/IEC 23000-22): where its coded bytes lie, and what is to be done to what they
/// decode to. No coded byte has been looked at.
///
/// Every range lies in the file. Only the properties of the picture itself turn and crop it:
/// neither those of the tiles that it is made of, nor those of its alpha, nor EXIF.
package struct HEIFPicture: Equatable, Sendable {
    package enum Codec: Equatable, Sendable { case av1, hevc }

    /// One coded picture.
    package struct Tile: Equatable, Sendable {
        /// In this order they are its bytes.
        package var pieces: [Range<Int>]
        /// The content of its `av1C` or `hvcC` box.
        package var configuration: Range<Int>
        package var width: Int
        package var height: Int
    }

    /// A picture of one tile, or of equal ones row by row.
    package struct Layer: Equatable, Sendable {
        package var codec: Codec
        package var width: Int
        package var height: Int
        package var columns = 1
        package var tiles: [Tile]

        package var rows: Int { tiles.count / columns }
    }

    /// In the order in which they are to be applied.
    package enum Transform: Equatable, Sendable {
        case crop(x: Int, y: Int, width: Int, height: Int)
        /// Clockwise, 1…3 quarters.
        case turn(quarters: Int)
        case mirror(topBottom: Bool)
    }

    /// Each is a pass over the whole picture, and each kind belongs there once (MIAF §7.3.6.7), in
    /// each item of a chain.
    static let mostTransforms = 12

    package var color: Layer
    package var alpha: Layer?
    /// The colours have been multiplied by alpha.
    package var isPremultiplied = false
    package var transforms: [Transform] = []
    package var codePoints: CodePoints?
    package var profile: Range<Int>?
    /// A TIFF file.
    package var exif: Range<Int>?
    package var xmp: Range<Int>?

    /// After all transforms.
    package var size: (width: Int, height: Int) {
        var size = (width: color.width, height: color.height)
        for transform in transforms {
            switch transform {
            case .crop(_, _, let width, let height): size = (width, height)
            case .turn(let quarters) where quarters % 2 == 1: size = (size.height, size.width)
            case .turn, .mirror: break
            }
        }
        return size
    }

    /// The picture that a file shows: its primary item, or where it has none the first frame of its
    /// first track.
    package init(_ bytes: RawSpan) throws(ContainerError) {
        let boxes = Box.list(bytes, in: 0..<bytes.byteCount)
        if let meta = boxes.first("meta") {
            let items = try HEIFItems(bytes, meta: meta.content)
            if items.primary != nil || boxes.first("moov") == nil {
                self = try items.picture(bytes, inOrderOfMIAF: Self.isAVIF(bytes))
                return
            }
        }
        guard let movie = boxes.first("moov")
        else { throw ContainerError("neither a picture nor a track in the file") }
        self = try HEIFTracks(bytes, movie: movie.content).picture()
    }

    init(color: Layer) { self.color = color }

    private static func isAVIF(_ bytes: RawSpan) -> Bool {
        let end = min(Int(bytes.bigEndian32(at: 0) ?? 0), bytes.byteCount, 4096)
        return ([8] + Array(stride(from: 16, to: max(16, end - 3), by: 4))).contains {
            bytes.matches("avif", at: $0) || bytes.matches("avis", at: $0)
        }
    }
}

/// Colours by number (ITU-T H.273): which primaries, curve and matrix, and whether black is 0.
package struct CodePoints: Hashable, Sendable {
    package var primaries: UInt16
    package var transfer: UInt16
    package var matrix: UInt16
    package var isFullRange: Bool

    package init(primaries: UInt16, transfer: UInt16, matrix: UInt16, isFullRange: Bool) {
        (self.primaries, self.transfer) = (primaries, transfer)
        (self.matrix, self.isFullRange) = (matrix, isFullRange)
    }
}
