import Imaging
import Rendition
import Testing

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct RecipeStepTests {
        /// Left third red, middle green, right blue.
        private static let stripes = """
            im = Image.new('RGB', (300, 100), (0, 255, 0))
            im.paste((255, 0, 0), (0, 0, 100, 100))
            im.paste((0, 0, 255), (200, 0, 300, 100))
            im.save(args[0])
            """

        @Test(arguments: [
            (Gravity.center, [0, 255, 0]), (.compass(.west), [255, 0, 0]),
            (.compass(.northeast), [0, 0, 255]), (.focalPoint(x: 900, y: 500), [0, 0, 255]),
        ])
        func coverKeepsWhatGravitySays(gravity: Gravity, expected: [Int]) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.stripes, [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png", Recipe.box(20, 20, .cover).with { $0.gravity = gravity })
            #expect(try Pillow.describe(path) == "PNG 20 20 RGB")
            #expect(try Pillow.pixels(path, at: [(50, 50)])[0].prefix(3) == expected[...])
        }

        /// One busy spot in an even picture: both ways of looking find it.
        @Test(arguments: [Gravity.attention, .entropy])
        func coverFindsTheSubject(gravity: Gravity) throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('RGB', (900, 300), (90, 90, 90))
                draw = ImageDraw.Draw(im)
                for i in range(0, 200, 8):
                    draw.line([680, 50 + i, 880, 50 + (i * 7) % 200], fill=(255, i, 40), width=3)
                im.save(args[0])
                """
            try Pillow.run(script, [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png", Recipe.box(100, 100, .cover).with { $0.gravity = gravity })
            let printed = try Pillow.run(
                "print(len(Image.open(args[0]).convert('RGB').getcolors(100000)))", [path])
            #expect(try #require(Int(printed)) > 50)
        }

        @Test func containPadsWithTheBackground() throws {
            let scratch = try Scratch()
            try Pillow.run(Self.stripes, [scratch.path("a.png")])
            let blue = Color(red: 10, green: 20, blue: 230, alpha: 128)
            let recipe = Recipe.box(60, 60, .contain)
            let opaque = try scratch.render("a.png", recipe)
            #expect(try Pillow.describe(opaque) == "PNG 60 60 RGB")
            #expect(try Pillow.pixels(opaque, at: [(50, 2)]) == [[255, 255, 255, 255]])
            let clear = try scratch.render("a.png", recipe.with { $0.background = blue })
            #expect(
                try Pillow.pixels(clear, at: [(50, 2), (50, 50)])
                    == [[10, 20, 230, 128], [0, 255, 0, 255]])
        }

        @Test func containLiesWhereGravitySays() throws {
            let scratch = try Scratch()
            try Pillow.run(Self.stripes, [scratch.path("a.png")])
            let recipe = Recipe.box(60, 60, .contain).with { $0.gravity = .compass(.south) }
            let path = try scratch.render("a.png", recipe)
            let pixels = try Pillow.pixels(path, at: [(50, 50), (50, 90)])
            #expect(pixels == [[255, 255, 255, 255], [0, 255, 0, 255]])
        }

        @Test(arguments: ["png", "jpg"])
        func trimCutsAnEvenBorder(name: String) throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('RGB', (500, 400), (240, 240, 240))
                im.paste(photo(200, 100), (150, 120))
                im.save(args[0], quality=95)
                """
            try Pillow.run(script, [scratch.path("a.\(name)")])
            let path = try scratch.render("a.\(name)", Recipe.box(0, 0).with { $0.trim = 20 })
            let size = try Pillow.describe(path).split(separator: " ").compactMap { Int($0) }
            #expect(abs(size[0] - 200) <= 3 && abs(size[1] - 100) <= 3, "\(size)")
        }

        @Test func trimLeavesAnEvenPictureAlone() throws {
            let scratch = try Scratch()
            try Pillow.run(
                "Image.new('RGB', (50, 40), (9, 9, 9)).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render("a.png", Recipe.box(0, 0).with { $0.trim = 10 })
            #expect(try Pillow.describe(path).hasPrefix("PNG 50 40"))
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
