internal import Rendition

/// One of the eight ways to lay a picture down: mirrored left to right or not, then turned
/// clockwise.
struct Turn: Hashable {
    private(set) var mirrored = false
    /// 0…3, clockwise.
    private(set) var quarters = 0

    var swapsSides: Bool { quarters % 2 == 1 }
    var isIdentity: Bool { !mirrored && quarters == 0 }

    init() {}

    /// What shows a picture stored with this EXIF orientation the right way up (Exif 2.32 §4.6.4).
    init(exifOrientation: UInt8) {
        (mirrored, quarters) =
            switch exifOrientation {
            case 2: (true, 0)
            case 3: (false, 2)
            case 4: (true, 2)
            case 5: (true, 3)
            case 6: (false, 1)
            case 7: (true, 1)
            case 8: (false, 3)
            default: (false, 0)
            }
    }

    /// Then the recipe's own rotation and flip.
    func followed(by rotation: Rotation, _ flip: Flip) -> Turn {
        var turn = self
        turn.quarters = (quarters + Int(rotation.rawValue)) % 4
        // A mirror after a turn is the turn the other way after the mirror; top to bottom is left
        // to right and half a turn.
        if flip.mirrorsLeftRight { turn.mirror() }
        if flip.mirrorsTopBottom {
            turn.mirror()
            turn.quarters = (turn.quarters + 2) % 4
        }
        return turn
    }

    /// The size before, of what is `size` after.
    func undone(_ size: PixelSize) -> PixelSize {
        swapsSides ? PixelSize(width: size.height, height: size.width) : size
    }

    private mutating func mirror() {
        mirrored.toggle()
        quarters = (4 - quarters) % 4
    }
}

extension Picture {
    /// Anything but the identity reads the picture out of order: only on one in memory.
    func laid(_ turn: Turn) throws(ImagingError) -> Picture {
        switch (turn.mirrored, turn.quarters) {
        case (true, 2): return try mirrored(topBottom: true)
        case (true, 0): return try mirrored(topBottom: false)
        case (true, let quarters):
            return try mirrored(topBottom: false).rotated(quarters: quarters)
        case (false, let quarters): return try rotated(quarters: quarters)
        }
    }
}
