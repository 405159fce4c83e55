import Imaging
import Rendition
import TestSupport
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

        @Test func wholePictureKeepsItsSize() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(641, 403).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render("a.png", Recipe.box(0, 0))
            #expect(try Pillow.describe(path) == "PNG 641 403 RGB")
            #expect(try Pillow.signalToNoise(original: scratch.path("a.png"), rendition: path) > 90)
        }
    }
}
