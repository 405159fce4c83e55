import Rendition
import TestSupport
import Testing
import WorkerLink

@testable import Imaging

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct OrientationTests {
        /// Pillow lays the picture down in each of the eight ways and says so in EXIF; upright
        /// again, it is the same picture.
        @Test(arguments: ["jpg", "png", "webp"], 1...8)
        func exifIsFollowed(name: String, orientation: Int) throws {
            let scratch = try Scratch()
            let source = scratch.path("a.\(name)")
            let script = """
                o = int(args[1])
                undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose
                im = photo(400, 240)
                if o in undo: im = im.transpose(Image.Transpose(undo[o]))
                exif = Image.Exif()
                exif[0x112] = o
                im.save(args[0], exif=exif.tobytes(), quality=95)
                assert ImageOps.exif_transpose(Image.open(args[0])).size == (400, 240)
                photo(400, 240).save(args[2])
                """
            try Pillow.run(script, [source, "\(orientation)", scratch.path("upright.png")])
            let facts = try Studio.facts(scratch.bytes("a.\(name)"))
            #expect((facts.width, facts.height) == (400, 240))
            #expect(Int(facts.orientation) == orientation)
            let path = try scratch.render("a.\(name)", .box(100, 100))
            #expect(try Pillow.describe(path) == "PNG 100 60 RGB")
            let upright = scratch.path("upright.png")
            #expect(try Pillow.signalToNoise(original: upright, rendition: path) > 32)
        }

        @Test(arguments: Rotation.allCases, Flip.allCases)
        func rotationComesBeforeFlip(rotation: Rotation, flip: Flip) throws {
            let scratch = try Scratch()
            let script = """
                im = photo(200, 120)
                exif = Image.Exif()
                exif[0x112] = 6
                im.save(args[0], exif=exif.tobytes())
                im = im.transpose(Image.Transpose.ROTATE_270)  # Counter-clockwise: upright.
                turns = [None, 4, 3, 2][int(args[2])]
                if turns: im = im.transpose(Image.Transpose(turns))
                if int(args[3]) & 1: im = im.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
                if int(args[3]) & 2: im = im.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
                im.save(args[1])
                """
            let expected = scratch.path("expected.png")
            try Pillow.run(
                script,
                [scratch.path("a.png"), expected, "\(rotation.rawValue)", "\(flip.rawValue)"])
            let path = try scratch.render(
                "a.png", Recipe.box(0, 0).with { ($0.rotation, $0.flip) = (rotation, flip) })
            #expect(try Pillow.signalToNoise(original: expected, rendition: path) > 90)
        }
    }
}

@Suite struct TurnTests {
    /// The same in coordinates: where the pixel at (x, y) of a 3 x 2 picture comes to lie.
    @Test(arguments: UInt8(1)...8, Rotation.allCases)
    func composesAsItsStepsDo(orientation: UInt8, rotation: Rotation) {
        for flip in Flip.allCases {
            let first = Turn(exifOrientation: orientation)
            let whole = first.followed(by: rotation, flip)
            var steps = Self.apply(first, to: Self.grid)
            steps = Self.apply(Turn().followed(by: rotation, .none), to: steps)
            steps = Self.apply(Turn().followed(by: .none, flip), to: steps)
            #expect(Self.apply(whole, to: Self.grid) == steps, "\(flip)")
        }
    }

    @Test func flipOfBothIsHalfATurn() {
        #expect(Turn().followed(by: .none, .both) == Turn().followed(by: .half, .none))
    }

    private static let grid = [[1, 2, 3], [4, 5, 6]]

    private static func apply(_ turn: Turn, to rows: [[Int]]) -> [[Int]] {
        var rows = turn.mirrored ? rows.map { $0.reversed() } : rows
        for _ in 0..<turn.quarters {
            let columns = rows[0].indices.map { x in rows.map { $0[x] } }
            rows = columns.map { $0.reversed() }
        }
        return rows
    }
}
