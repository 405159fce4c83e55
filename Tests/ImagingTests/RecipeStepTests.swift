import Imaging
import Rendition
import TestSupport
import Testing

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct RecipeStepTests {
        @Test func trimLeavesAnEvenPictureAlone() throws {
            let scratch = try Scratch()
            try Pillow.run(
                "Image.new('RGB', (50, 40), (9, 9, 9)).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render("a.png", Recipe.box(0, 0).with { $0.trim = 10 })
            #expect(try Pillow.describe(path).hasPrefix("PNG 50 40"))
        }

        @Test(arguments: ["RGB", "L", "RGBA"], [2.0, 20, 100])
        func wideBlurIsNearPillows(mode: String, sigma: Double) throws {
            let scratch = try Scratch()
            let script = "photo(301, 203).convert(args[1]).save(args[0])"
            try Pillow.run(script, [scratch.path("a.png"), mode])
            var recipe = Recipe(width: 0, height: 0, format: .explicit(.png))
            recipe.blurHundredths = UInt16(sigma * 100)
            let path = try scratch.render("a.png", recipe)
            let judge = """
                from PIL import ImageFilter
                blurred = load(args[0]).filter(ImageFilter.GaussianBlur(float(args[2])))
                print(psnr(blurred, load(args[1])))
                """
            let ratio = try Pillow.run(judge, [scratch.path("a.png"), path, "\(sigma)"])
            #expect(Double(ratio) ?? 0 > 36, "\(ratio) dB")
        }

        @Test func blurAndSharpenChangeDetail() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(400, 300).save(args[0])", [scratch.path("a.png")])
            let script = """
                from PIL import ImageFilter
                edges = Image.open(args[0]).convert('L').filter(ImageFilter.FIND_EDGES)
                print(ImageStat.Stat(edges.crop((2, 2, 198, 148))).sum2[0])
                """
            func detail(_ change: (inout Recipe) -> Void) throws -> Double {
                let path = try scratch.render("a.png", Recipe.box(200, 200).with(change))
                return try #require(Double(try Pillow.run(script, [path])))
            }
            let plain = try detail { _ in }
            #expect(try detail { $0.blurHundredths = 300 } < plain * 0.5)
            #expect(try detail { $0.sharpenHundredths = 150 } > plain * 1.05)
        }

        @Test func qualityIsTheRecipesOrTheDefault() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(400, 300).save(args[0])", [scratch.path("a.png")])
            let bytes = try scratch.bytes("a.png")
            for format in [OutputFormat.jpeg, .webp, .avif] {
                let counts = try [UInt8(20), 0, 95].map { quality in
                    let recipe = Recipe.box(300, 300, .inside, .explicit(format)).with {
                        $0.quality = quality
                    }
                    return try Studio.render(bytes, recipe).bytes.count
                }
                #expect(counts == counts.sorted(), "\(format)")
            }
        }

        @Test(arguments: OutputFormat.allCases)
        func sameInputGivesTheSameBytes(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(640, 480).save(args[0])", [scratch.path("a.jpg")])
            let bytes = try scratch.bytes("a.jpg")
            let recipe = Recipe.box(200, 200, .cover, .explicit(format))
            let first = try Studio.render(bytes, recipe)
            for _ in 0..<3 { #expect(try Studio.render(bytes, recipe).bytes == first.bytes) }
        }
    }
}
