import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct OverlayTests {
        /// A white ground of 400 × 200 and a red mark twice as wide as high.
        private static func render(
            on ground: String = "RGB", as format: OutputFormat = .png, height: UInt16 = 200,
            at places: [(Int, Int)], _ change: (inout Watermark.Placement) -> Void
        ) throws -> [[Int]] {
            let scratch = try Scratch()
            try Pillow.run(
                """
                white = 65535 if args[2] == 'I;16' else 'white'
                Image.new(args[2], (400, int(args[3])), white).save(args[0])
                Image.new('RGBA', (100, 50), (255, 0, 0, 255)).save(args[1])
                """, [scratch.path("a.png"), scratch.path("mark.png"), ground, "\(height)"])
            var placement = Watermark.Placement()
            placement.scale = 250
            change(&placement)
            let overlay = try Studio.overlay(scratch.bytes("mark.png"), placement)
            let recipe = Recipe.box(400, height, .inside, .explicit(format)).with {
                $0.watermark = 1
                $0.quality = 100
            }
            let path = try scratch.render("a.png", recipe, overlay: overlay)
            return try Pillow.pixels(path, at: places)
        }

        private static let red = [255, 0, 0, 255]
        private static let white = [255, 255, 255, 255]

        /// 100 × 50, 8 pixels from the edges: inside of it and just outside, in percent.
        @Test(arguments: [
            (Gravity.Compass.southeast, (96, 94), (99, 94)),
            (.northwest, (4, 6), (0, 6)), (.north, (50, 6), (50, 1)), (.west, (4, 50), (0, 50)),
            (.center, (50, 50), (70, 50)), (.east, (96, 50), (50, 50)),
        ])
        func liesWhereItIsSaidTo(
            position: Gravity.Compass, inside: (Int, Int), outside: (Int, Int)
        ) throws {
            let pixels = try Self.render(at: [inside, outside]) { $0.position = position }
            #expect(pixels == [Self.red, Self.white], "\(position)")
        }

        @Test func halfOfItShowsHalf() throws {
            let pixel = try Self.render(at: [(90, 90)]) { $0.opacity = 500 }[0]
            #expect(pixel[0] == 255 && abs(pixel[1] - 127) <= 1 && pixel[3] == 255)
        }

        @Test func tilesCoverEverything() throws {
            let places = (0..<4).flatMap { x in (0..<3).map { (5 + 27 * x, 10 + 29 * $0) } }
            let pixels = try Self.render(at: places + [(26, 10), (5, 27)]) { $0.isTiled = true }
            #expect(pixels.dropLast(2).allSatisfy { $0 == Self.red }, "\(pixels)")
            #expect(pixels.suffix(2).allSatisfy { $0 == Self.white })
        }

        /// Every ground gets the mark's colour, and only one that had alpha keeps some.
        @Test(
            arguments: ["L", "LA", "RGB", "RGBA", "P", "I;16"], [OutputFormat.png, .jpeg, .webp])
        func everyGroundTakesIt(ground: String, format: OutputFormat) throws {
            let pixels = try Self.render(on: ground, as: format, at: [(50, 50), (5, 5)]) {
                $0.position = .center
            }
            let near = zip(pixels[0] + pixels[1], Self.red + Self.white)
            #expect(near.allSatisfy { abs($0 - $1) <= 3 }, "\(pixels)")
        }

        @Test func isNeverHigherThanItsGround() throws {
            let places = [(50, 50), (41, 50), (35, 50)]
            let pixels = try Self.render(height: 40, at: places) {
                ($0.scale, $0.position) = (1000, .center)
            }
            #expect(pixels == [Self.red, Self.red, Self.white])
        }

        @Test func animationsCarryItOnEveryFrame() throws {
            let scratch = try Scratch()
            try Pillow.run(
                """
                frames = [Image.new('RGB', (80, 80), (0, 60 * i, 255)) for i in range(3)]
                frames[0].save(args[0], save_all=True, append_images=frames[1:])
                Image.new('RGB', (10, 10), 'red').save(args[1])
                """, [scratch.path("a.gif"), scratch.path("mark.png")])
            var placement = Watermark.Placement()
            (placement.position, placement.scale) = (.center, 500)
            let overlay = try Studio.overlay(scratch.bytes("mark.png"), placement)
            let recipe = Recipe.box(40, 40, .inside, .explicit(.gif)).with {
                ($0.watermark, $0.animated) = (1, true)
            }
            let path = try scratch.render("a.gif", recipe, overlay: overlay)
            let script = """
                im = Image.open(args[0])
                for i in range(im.n_frames):
                    im.seek(i)
                    print(im.convert('RGB').getpixel((20, 20)))
                """
            let printed = try Pillow.run(script, [path]).split(separator: "\n")
            #expect(printed.count == 3 && printed.allSatisfy { $0.hasPrefix("(255, 0, 0") })
        }

        @Test func aRecipeWithAWatermarkIsNotMadeWithoutOne() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(40, 40).save(args[0])", [scratch.path("a.png")])
            let recipe = Recipe.box(20, 20).with { $0.watermark = 1 }
            #expect(throws: ImagingError.self) { try scratch.render("a.png", recipe) }
        }
    }
}
