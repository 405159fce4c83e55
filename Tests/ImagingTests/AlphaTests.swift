import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct AlphaTests {
        private static let disc = """
            im = Image.new('RGBA', (400, 400), (0, 0, 0, 0))
            ImageDraw.Draw(im).ellipse([40, 40, 360, 360], fill=(255, 0, 0, 255))
            im.save(args[0])
            """

        /// Black behind full transparency must not darken the red next to it.
        @Test(arguments: [OutputFormat.png, .webp])
        func edgesAreNotDark(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.disc, [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png", Recipe.box(90, 90, .inside, .explicit(format)).with { $0.quality = 95 })
            let script = """
                im = Image.open(args[0]).convert('RGBA')
                print(min(r for r, g, b, a in im.getdata() if a > 24), im.getextrema()[3])
                """
            let printed = try Pillow.run(script, [path])
            let darkest = try #require(Int(printed.prefix { $0 != " " }))
            #expect(darkest >= (format == .png ? 250 : 225), "\(printed)")
            #expect(printed.hasSuffix("(0, 255)"))
        }

        @Test func alphaIsLaidOnTheBackground() throws {
            let scratch = try Scratch()
            try Pillow.run(Self.disc, [scratch.path("a.png")])
            let recipe = Recipe.box(90, 90, .inside, .explicit(.jpeg))
            for (color, expected) in [
                (nil, [255, 255, 255]), (Color(red: 0, green: 128, blue: 255), [0, 128, 255]),
            ] {
                let path = try scratch.render("a.png", recipe.with { $0.background = color })
                let pixels = try Pillow.pixels(path, at: [(0, 0), (50, 50)])
                #expect(zip(pixels[0], expected).allSatisfy { abs($0 - $1) <= 4 })
                #expect(pixels[1][0] > 245 && pixels[1][1] < 10)
            }
        }

        @Test func greyTakesAColoredBackground() throws {
            let scratch = try Scratch()
            try Pillow.run(
                "Image.new('LA', (80, 80), (50, 0)).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png",
                Recipe.box(40, 40, .inside, .explicit(.jpeg)).with {
                    $0.background = Color(red: 200, green: 20, blue: 20)
                })
            let pixel = try Pillow.pixels(path, at: [(50, 50)])[0]
            #expect(pixel[0] > 190 && pixel[1] < 32)
        }

        @Test(arguments: [
            ("RGB", "", OutputFormat.jpeg), ("RGBA", "im.putalpha(255)", .jpeg),
            ("RGBA", "im.putalpha(254)", .png), ("LA", "im.putalpha(0)", .png),
        ])
        func fallbackIsPNGOnlyForWhatIsTransparent(
            mode: String, change: String, expected: OutputFormat
        ) throws {
            let scratch = try Scratch()
            let script = "im = photo(80, 60).convert('\(mode)')\n\(change)\nim.save(args[0])"
            try Pillow.run(script, [scratch.path("a.png")])
            let made = try Studio.render(
                scratch.bytes("a.png"), .box(40, 40, .inside, .fallback))
            #expect(made.format == expected)
        }

        @Test func deepAlphaIsKept() throws {
            let scratch = try Scratch()
            // 16 bits a channel: grey 0x8000, alpha from clear to solid.
            let script = """
                import struct, zlib
                rows = b''.join(b'\\0' + b''.join(struct.pack('>HH', 0x8000, x * 65535 // 63)
                                for x in range(64)) for y in range(64))
                chunk = lambda kind, data: (struct.pack('>I', len(data)) + kind + data
                    + struct.pack('>I', zlib.crc32(kind + data)))
                open(args[0], 'wb').write(b'\\x89PNG\\r\\n\\x1a\\n'
                    + chunk(b'IHDR', struct.pack('>IIBBBBB', 64, 64, 16, 4, 0, 0, 0))
                    + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))
                """
            try Pillow.run(script, [scratch.path("a.png")])
            #expect(try Studio.facts(scratch.bytes("a.png")).bitDepth == 16)
            let path = try scratch.render("a.png", Recipe.box(0, 0))
            let pixels = try Pillow.pixels(path, at: [(0, 50), (50, 50), (100, 50)])
            #expect(pixels[0][3] == 0)
            #expect(abs(pixels[1][3] - 126) <= 2 && abs(pixels[1][0] - 128) <= 1)
            #expect(pixels[2][3] == 255)
        }
    }
}
