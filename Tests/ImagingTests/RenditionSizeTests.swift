import Imaging
import Rendition
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct RenditionSizeTests {
        static let boxes: [(UInt16, UInt16)] = [
            (320, 240), (100, 100), (64, 300), (333, 77), (1, 1), (150, 0), (0, 151), (1000, 1000),
        ]

        /// Whatever the decoder shrinks by, the size is the recipe's, to the pixel.
        @Test(arguments: Fit.allCases)
        func isWhatTheRecipeSays(fit: Fit) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(641, 403).save(args[0], quality=90)", [scratch.path("a.jpg")])
            var paths: [String] = []
            var expected: [String] = []
            for box in Self.boxes {
                for enlarge in [false, true] {
                    let recipe = Recipe.box(box.0, box.1, fit, .explicit(.jpeg)).with {
                        $0.enlarge = enlarge
                    }
                    let size = recipe.outputSize(sourceWidth: 641, sourceHeight: 403).final
                    expected.append("JPEG \(size.width) \(size.height) RGB")
                    paths.append(try scratch.render("a.jpg", recipe))
                }
            }
            #expect(try Pillow.describe(paths) == expected)
        }

        @Test(arguments: [
            ("jpg", OutputFormat.jpeg, "JPEG 160 101 RGB"), ("png", .png, "PNG 160 101 RGB"),
            ("webp", .webp, "WEBP 160 101 RGB"), ("gif", .gif, "GIF 160 101 P"),
        ])
        func isTheSameInEveryFormat(name: String, format: OutputFormat, expected: String) throws {
            let scratch = try Scratch()
            let source = scratch.path("a.\(name)")
            try Pillow.run("photo(641, 403).save(args[0])", [source])
            let path = try scratch.render("a.\(name)", .box(160, 160, .inside, .explicit(format)))
            let described = try Pillow.describe(path)
            #expect(described == expected || (format == .gif && described == "GIF 160 101 RGB"))
        }

        @Test func avifIsReadBackAtItsSize() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(641, 403).save(args[0])", [scratch.path("a.png")])
            let made = try Studio.render(
                scratch.bytes("a.png"), .box(160, 160, .inside, .explicit(.avif)))
            let facts = try Studio.facts(made.bytes)
            #expect(facts.type == .avif)
            #expect((facts.width, facts.height) == (160, 101))
        }

        @Test func wholePictureKeepsItsSize() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(641, 403).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render("a.png", Recipe.box(0, 0))
            #expect(try Pillow.describe(path) == "PNG 641 403 RGB")
            #expect(try Pillow.signalToNoise(original: scratch.path("a.png"), rendition: path) > 90)
        }
    }
}
