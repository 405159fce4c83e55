import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct FormatTests {
        /// As it is, so that its colours are known.
        private static let whole = Recipe(width: 0, height: 0, format: .explicit(.png))

        private static let drawing = """
            im = Image.new('RGB', (300, 200), (250, 250, 250))
            draw = ImageDraw.Draw(im)
            for i in range(230):
                x, y = i * 13 % 280, i * 7 % 190
                draw.rectangle([x, y, x + 19, y + 8], fill=(i, 255 - i, i * 37 % 256))

            """

        @Test(arguments: [
            "im.save(args[0])",
            """
            alpha = Image.linear_gradient('L').resize((300, 200))
            im.putalpha(alpha.point(lambda v: v // 128 * 255))
            im.save(args[0])
            """,
        ])
        func fewColorsBecomeAPaletteAndStay(save: String) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.drawing + save, [scratch.path("a.png")])
            let path = try scratch.render("a.png", Self.whole)
            let script = """
                made = Image.open(args[1])
                given = Image.open(args[0]).convert('RGBA')
                shown = [Image.alpha_composite(Image.new('RGBA', given.size, ground), im)
                         for ground in ('white', 'black') for im in (given, made.convert('RGBA'))]
                print(made.mode, ImageChops.difference(shown[0], shown[1]).getbbox(),
                      ImageChops.difference(shown[2], shown[3]).getbbox())
                """
            #expect(
                try Pillow.run(script, [scratch.path("a.png"), path]) == "P None None")
            #expect(try Files.bytes(path) == Files.bytes(scratch.render("a.png", Self.whole)))
        }

        @Test func manyColorsNeedNoPalette() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(300, 200).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render("a.png", Self.whole)
            #expect(try Pillow.describe(path) == "PNG 300 200 RGB")
            let script = """
                print(ImageChops.difference(*(Image.open(path) for path in args)).getbbox())
                """
            #expect(try Pillow.run(script, [scratch.path("a.png"), path]) == "None")
        }

        @Test(arguments: [(480 as UInt16, "1"), (470, "0")])
        func largeJPEGsComeInSeveralScans(width: UInt16, expected: String) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(800, 600).save(args[0])", [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png", .box(width, width, .inside, .explicit(.jpeg)))
            let script = "print(int('progressive' in Image.open(args[0]).info))"
            #expect(try Pillow.run(script, [path]) == expected)
        }

        @Test(arguments: [
            "im.save(args[0], quality=90)", "im.save(args[0], quality=75, progressive=True)",
            "im.save(args[0], subsampling=0)", "im.convert('L').save(args[0])",
            "im.convert('L').save(args[0], progressive=True)",
        ])
        func jpegsAreReadAsByLibjpeg(save: String) throws {
            let scratch = try Scratch()
            try Pillow.run("im = photo(333, 217)\n" + save, [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", Self.whole)
            let script = """
                read, made = (Image.open(path) for path in args)
                print(read.mode == made.mode, ImageChops.difference(read, made).getbbox())
                """
            #expect(try Pillow.run(script, [scratch.path("a.jpg"), path]) == "True None")
        }

        /// Byte for byte, but for the marker that we leave out.
        @Test(arguments: [
            ("RGB", (333, 217), 80, "subsampling=2"), ("L", (333, 217), 60, ""),
            ("RGB", (333, 217), 95, "subsampling=0"), ("RGB", (16, 9), 1, "subsampling=2"),
            ("RGB", (480, 354), 80, "subsampling=2"),
            ("RGB", (480, 355), 80, "subsampling=2, progressive=True"),
            ("RGB", (1001, 703), 97, "subsampling=0, progressive=True"),
        ])
        func jpegsAreWrittenAsByLibjpeg(
            mode: String, size: (Int, Int), quality: UInt8, options: String
        ) throws {
            let scratch = try Scratch()
            let script = """
                im = photo(\(size.0), \(size.1)).convert('\(mode)')
                im.save(args[0])
                import io
                output = io.BytesIO()
                im.save(output, 'jpeg', quality=\(quality) + 1, optimize=True, \(options))
                bytes = output.getvalue()
                assert bytes[2:4] == b'\\xff\\xe0'
                open(args[1], 'wb').write(bytes[:2] + bytes[20:])
                """
            try Pillow.run(script, [scratch.path("a.png"), scratch.path("expected.jpg")])
            let recipe = Recipe(width: 0, height: 0, format: .explicit(.jpeg))
            let path = try scratch.render("a.png", recipe.with { $0.quality = quality })
            #expect(try Files.bytes(path) == scratch.bytes("expected.jpg"))
        }

        @Test(arguments: [OutputFormat.jpeg, .avif])
        func thereIsNothingFinerThan97(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(320, 200).save(args[0])", [scratch.path("a.png")])
            let photo = try scratch.bytes("a.png")
            let made = try [90, 97, 100].map { quality in
                try Studio.render(
                    photo,
                    Recipe(width: 0, height: 0, format: .explicit(format)).with {
                        $0.quality = quality
                    }
                ).bytes
            }
            #expect(made[1].count > made[0].count && made[2] == made[1])
        }

        /// It costs time and bytes, and shows nothing.
        @Test(arguments: [OutputFormat.avif, .jxl])
        func alphaThatIsOpaqueIsNone(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(
                """
                im = photo(320, 200)
                im.save(args[0])
                im.putalpha(255)
                im.save(args[1])
                """, [scratch.path("a.png"), scratch.path("b.png")])
            let recipe = Recipe(width: 100, height: 0, format: .explicit(format))
            let plain = try Studio.render(scratch.bytes("a.png"), recipe).bytes
            #expect(try Studio.facts(scratch.bytes("b.png")).hasAlpha)
            #expect(try !Studio.facts(plain).hasAlpha)
            #expect(try !Studio.facts(Studio.render(scratch.bytes("b.png"), recipe).bytes).hasAlpha)
        }

        @Test(arguments: [
            ("im.save(args[0])", (200, 125)), ("im.save(args[0])", (639, 399)),
            ("im.convert('L').save(args[0])", (97, 61)),
            ("im.convert('LA').save(args[0])", (200, 125)),
            ("im.convert('RGBA').save(args[0])", (64, 40)),
        ])
        func sizesAreThoseOfLanczos(save: String, size: (Int, Int)) throws {
            let scratch = try Scratch()
            try Pillow.run("im = photo(640, 400)\n" + save, [scratch.path("a.png")])
            let path = try scratch.render(
                "a.png", .box(UInt16(size.0), UInt16(size.1), .fill))
            #expect(
                try Pillow.signalToNoise(original: scratch.path("a.png"), rendition: path) >= 48)
        }

        /// Every other pixel is white: half the light is 188 in sRGB, half the number is 128.
        @Test(arguments: [(false, 128), (true, 188)])
        func lightIsMixedAsTheConfigurationSays(isLinear: Bool, expected: Int) throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('RGB', (256, 256))
                im.putdata([(255 * ((x + y) % 2),) * 3 for y in range(256) for x in range(256)])
                im.save(args[0])
                im.putalpha(255)
                im.save(args[1])
                im.convert('L').save(args[2])
                """
            let names = ["a.png", "alpha.png", "grey.png"]
            try Pillow.run(script, names.map(scratch.path))
            var style = Style()
            style.isLinear = isLinear
            for name in names {
                let path = try scratch.render(name, .box(32, 32), style: style)
                let pixel = try Pillow.pixels(path, at: [(50, 50)])[0]
                #expect(pixel.prefix(3).allSatisfy { abs($0 - expected) <= 2 }, "\(name) \(pixel)")
                #expect(pixel[3] == 255)
            }
        }
    }

    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct DisplayP3Tests {
        private static let inP3 = """
            profile = bytearray(srgb())
            for tag, values in ((b'rXYZ', (33759, 15806, -69)), (b'gXYZ', (19134, 45367, 2746)),
                                (b'bXYZ', (10295, 4363, 51385))):
                place = profile.index(tag)
                offset = int.from_bytes(profile[place + 4:place + 8], 'big') + 8
                for i, value in enumerate(values):
                    number = value.to_bytes(4, 'big', signed=True)
                    profile[offset + 4 * i:offset + 4 * i + 4] = number
            im = Image.new('RGB', (1600, 1200), (255, 0, 0))
            im.paste((0, 200, 100), (800, 0, 1600, 1200))
            im.save(args[0], icc_profile=bytes(profile))
            """

        private static var keeping: Style {
            var style = Style()
            style.keepsDisplayP3 = true
            return style
        }

        @Test(arguments: [OutputFormat.jpeg, .png, .webp])
        func isKeptWhenAsked(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.inP3, [scratch.path("a.png")])
            let recipe = Recipe.box(200, 200, .inside, .explicit(format))
            let path = try scratch.render("a.png", recipe, style: Self.keeping)
            let script = """
                profile = Image.open(args[0]).info['icc_profile']
                red = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.red_colorant
                print(abs(red[0][0] - 0.5151) < 0.001)
                """
            #expect(try Pillow.run(script, [path]) == "True")
            let pixels = try Pillow.pixels(path, at: [(20, 50), (80, 50)])
            #expect(pixels[0][0] >= 250 && pixels[0][1] <= 6 && pixels[0][2] <= 6)
            #expect(abs(pixels[1][1] - 200) <= 4 && pixels[1][0] <= 6)
            // The colours that the file itself shows.
            let ratio = try Pillow.signalToNoise(
                original: scratch.path("a.png"), rendition: path)
            #expect(ratio >= 25)
        }

        @Test(arguments: [OutputFormat.jpeg, .png, .webp, .gif])
        func elseItBecomesSRGB(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.inP3, [scratch.path("a.png")])
            let recipe = Recipe.box(200, 200, .inside, .explicit(format))
            // GIF has no place for a profile.
            let style = format == .gif ? Self.keeping : Style()
            let path = try scratch.render("a.png", recipe, style: style)
            #expect(
                try Pillow.run("print('icc_profile' in Image.open(args[0]).info)", [path])
                    == "False")
            let ratio = try Pillow.signalToNoise(
                original: scratch.path("a.png"), rendition: path)
            #expect(ratio >= 25)
        }
    }
}
