import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    /// Files whose head, tail or flags do not agree with their pixels, as encoders and editors
    /// leave them behind.
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct OddFileTests {
        /// Makes `<name>` and the picture that it shows, `expected.png`; what is made of the first
        /// has to be the second.
        func check(
            _ name: String, _ script: String, most: Int = 3, size: UInt16 = 1000,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            let scratch = try Scratch()
            let place = "name, expected = args[0], args[1]\n"
            try Pillow.run(place + script, [scratch.path(name), scratch.path("expected.png")])
            let path = try scratch.render(name, .box(size, size))
            #expect(
                try Pillow.farthest(path, from: scratch.path("expected.png")) <= most,
                sourceLocation: sourceLocation)
        }

        private static let grey = """
            import struct
            # A grey profile of one curve (ICC.1:2022 §8.4.2).
            fixed = lambda *values: b''.join(struct.pack('>i', round(v * 65536)) for v in values)
            tags = [(b'wtpt', b'XYZ ' + bytes(4) + fixed(.9642, 1, .8249)),
                    (b'kTRC', b'curv' + bytes(4) + struct.pack('>IHH', 1, 0x0180, 0))]
            index, data = struct.pack('>I', len(tags)), b''
            for tag, content in tags:
                index += tag + struct.pack('>II', 132 + 12 * len(tags) + len(data), len(content))
                data += content
            grey = (struct.pack('>I4sI', 132 + 12 * len(tags) + len(data), bytes(4), 0x02400000)
                    + b'mntrGRAYXYZ ' + struct.pack('>6H', 2026, 1, 1, 0, 0, 0) + b'acsp'
                    + bytes(28)
                    + fixed(.9642, 1, .8249) + bytes(48)) + index + data

            """

        /// A profile of another kind of numbers says nothing of these.
        @Test(arguments: [
            ("a.jpg", "quality=100, subsampling=0"), ("a.webp", "lossless=True"),
            ("alpha.webp", "lossless=True, exact=True"),
        ])
        func greyProfileOnColorsIsIgnored(name: String, options: String) throws {
            let kind = name.hasPrefix("alpha") ? "RGBA" : "RGB"
            try check(
                name,
                Self.grey + """
                    im = photo(160, 120).convert('\(kind)')
                    im.save(name, icc_profile=grey, \(options))
                    im.save(expected)
                    """, most: 6)
        }

        @Test func greyProfileOnColorsSpoilsNoFormatAndNoMaster() throws {
            let scratch = try Scratch()
            let script = Self.grey + "photo(1800, 1400).save(args[0], icc_profile=grey)"
            try Pillow.run(script, [scratch.path("a.jpg")])
            let bytes = try scratch.bytes("a.jpg")
            for format in OutputFormat.allCases {
                let made = try Studio.render(bytes, .box(100, 100, .inside, .explicit(format)))
                #expect(made.size == PixelSize(width: 100, height: 78))
            }
        }

        /// PNG 3rd edition §4.3: cICP, iCCP, sRGB, then gAMA and cHRM.
        @Test(arguments: [
            ("gAMA", "[(b'gAMA', I(100000))]", "lambda v: v", "SRGB"),
            ("another gAMA", "[(b'gAMA', I(55556))]", "lambda v: v ** 1.8", "SRGB"),
            ("the usual gAMA", "[(b'gAMA', I(45455))]", "decoded", "SRGB"),
            (
                "cHRM",
                "[(b'gAMA', I(45455)), (b'cHRM', I(*primaries))]",
                "decoded", "P3"
            ),
            ("cICP", "[(b'cICP', bytes([12, 13, 0, 1])), (b'gAMA', I(100000))]", "decoded", "P3"),
            ("sRGB over gAMA", "[(b'sRGB', b'\\0'), (b'gAMA', I(100000))]", "decoded", "SRGB"),
        ])
        func colorChunksOfPNGAreHeeded(
            name: String, chunks: String, curve: String, matrix: String
        ) throws {
            try check(
                "a.png",
                """
                import struct, zlib
                decoded = lambda v: v / 12.92 if v <= .04045 else ((v + .055) / 1.055) ** 2.4
                encoded = lambda v: v * 12.92 if v <= .0031308 else 1.055 * v ** (1 / 2.4) - .055
                P3 = [(1.2249, -.2247, 0), (-.0420, 1.0419, 0), (-.0197, -.0786, 1.0979)]
                SRGB = [(1, 0, 0), (0, 1, 0), (0, 0, 1)]
                I = lambda *values: struct.pack('>%dI' % len(values), *values)
                primaries = 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000
                curve = \(curve)
                colors = [(150, 90, 80), (90, 140, 95), (80, 90, 150), (180, 170, 100), (128,) * 3]
                def seen(color):
                    light = [curve(v / 255) for v in color]
                    shown = [sum(m * v for m, v in zip(row, light)) for row in \(matrix)]
                    return tuple(round(255 * encoded(min(max(v, 0), 1))) for v in shown)
                def strip(colors):
                    im = Image.new('RGB', (100, 20))
                    for i, c in enumerate(colors): im.paste(c, (20 * i, 0, 20 * i + 20, 20))
                    return im
                strip(colors).save(name)
                strip(map(seen, colors)).save(expected)
                data = open(name, 'rb').read()
                chunk = lambda kind, data: (struct.pack('>I', len(data)) + kind + data
                                            + struct.pack('>I', zlib.crc32(kind + data)))
                added = b''.join(chunk(*c) for c in \(chunks))
                open(name, 'wb').write(data[:33] + added + data[33:])
                """)
        }

        /// Every byte of a pixel is there: what is missing is the end's own mark.
        @Test(arguments: [
            ("a.jpg", "quality=95", 2), ("a.jpg", "quality=95, progressive=True", 2),
            ("a.jpg", "quality=95", 1),
            ("a.png", "compress_level=6", 4), ("a.png", "compress_level=6", 12),
            ("a.png", "compress_level=6", 2),
        ])
        func missingEndIsNoLoss(name: String, options: String, cut: Int) throws {
            let scratch = try Scratch()
            let script = """
                im = photo(160, 120)
                im.save(args[0], \(options))
                data = open(args[0], 'rb').read()
                open(args[1], 'wb').write(data[:-\(cut)])
                """
            try Pillow.run(script, [scratch.path(name), scratch.path("cut-" + name)])
            let whole = try Studio.render(scratch.bytes(name), .box(80, 80))
            let cut = try Studio.render(scratch.bytes("cut-" + name), .box(80, 80))
            #expect(whole.bytes == cut.bytes)
        }

        /// Cut anywhere before, it is refused; sequential and in scans, small and large.
        @Test(arguments: [
            ("160, 120", "progressive=False"), ("160, 120", "progressive=True"),
            ("2400, 1800", "progressive=True"),
        ])
        func cutWithinItsPixelsIsRefused(size: String, options: String) throws {
            let scratch = try Scratch()
            try Pillow.run(
                "photo(\(size)).save(args[0], quality=90, \(options))", [scratch.path("a.jpg")])
            let bytes = try scratch.bytes("a.jpg")
            let step = max(1, bytes.count / 60)
            for count in stride(from: 700, to: bytes.count - 60, by: step) {
                #expect(throws: ImagingError.self, "\(count) of \(bytes.count)") {
                    _ = try Studio.render(Array(bytes[..<count]), .box(50, 50))
                }
            }
        }

        @Test(arguments: [100, -200])
        func wrongLengthOfWebPIsNoLoss(by error: Int) throws {
            try check(
                "a.webp",
                """
                import struct
                im = photo(160, 120)
                im.save(name, lossless=True)
                im.save(expected)
                data = open(name, 'rb').read()
                length = len(data) - 8 + \(error)
                open(name, 'wb').write(data[:4] + struct.pack('<I', length) + data[8:])
                """)
        }

        /// Only of pixels without loss, as browsers do.
        @Test(arguments: ["lossless=True, exact=True", "quality=100, exact=True"])
        func alphaThatWebPDoesNotTellOfIsThere(options: String) throws {
            try check(
                "a.webp",
                """
                im = photo(160, 120).convert('RGBA')
                im.putalpha(Image.linear_gradient('L').resize(im.size))
                exif = Image.Exif(); exif[0x13b] = 'somebody'
                im.save(name, exif=exif.tobytes(), \(options))
                shown = Image.open(name)
                shown.convert('RGBA' if 'lossless' in '\(options)' else 'RGB').save(expected)
                data = bytearray(open(name, 'rb').read())
                assert data[12:16] == b'VP8X' and data[20] & 0x10
                data[20] &= ~0x10
                open(name, 'wb').write(data)
                """)
        }

        /// What no frame covers, and what is cleared after one, is clear.
        @Test(arguments: [false, true])
        func whatNoFrameCoversIsClear(isCleared: Bool) throws {
            let scratch = try Scratch()
            let script = """
                import struct
                table = bytes([200, 30, 30, 30, 30, 200])
                # Codes of 3 bits, and a clear code before each pixel: nothing is packed.
                def frame(x, y, w, h, index, dispose):
                    codes = [c for _ in range(w * h) for c in (4, index)] + [5]
                    bits = sum(c << 3 * i for i, c in enumerate(codes))
                    data = bits.to_bytes((3 * len(codes) + 7) // 8, 'little')
                    blocks = b''.join(bytes([len(data[i:i + 255])]) + data[i:i + 255]
                                      for i in range(0, len(data), 255))
                    control = bytes([0x21, 0xf9, 4, dispose << 2, 10, 0, 0, 0])
                    return (control + b'\\x2c' + struct.pack('<4HB', x, y, w, h, 0) + b'\\x02'
                            + blocks + b'\\0')
                head = b'GIF89a' + struct.pack('<HHBBB', 40, 30, 0x80, 0, 0) + table
                if args[1] == 'true':
                    frames = frame(0, 0, 40, 30, 0, 2) + frame(10, 10, 5, 5, 1, 0)
                else:
                    frames = frame(10, 10, 5, 5, 1, 0)
                open(args[0], 'wb').write(head + frames + b';')
                """
            try Pillow.run(script, [scratch.path("a.gif"), "\(isCleared)"])
            #expect(try Studio.facts(scratch.bytes("a.gif")).hasAlpha)
            var recipe = Recipe.box(40, 30, .inside, .explicit(.webp))
            recipe.animated = true
            recipe.quality = 100
            let path = try scratch.render("a.gif", isCleared ? recipe : .box(40, 30))
            let printed = try Pillow.run(
                """
                im = Image.open(args[0])
                im.seek(getattr(im, 'n_frames', 1) - 1)
                im = im.convert('RGBA')
                print(*im.getpixel((2, 2)), *im.getpixel((12, 12)))
                """, [path])
            let values = printed.split(separator: " ").compactMap { Int($0) }
            #expect(values[3] == 0 && values[7] == 255 && values[6] > 150, "\(values)")
        }

        @Test(arguments: [
            // What is one pixel thin, and the corner of a triangle, is content.
            ("(10, 20, 109, 89)", "draw.rectangle((10, 20, 109, 89), outline=0)"),
            ("(50, 5, 50, 114)", "draw.line((50, 5, 50, 114), fill=0)"),
            ("(20, 20, 99, 99)", "draw.polygon(((20, 20), (99, 60), (20, 99)), fill=0)"),
            ("(20, 20, 20, 20)", "draw.point((20, 20), fill=0)"),
            // As far as the threshold and no farther.
            (
                "(30, 30, 39, 39)",
                "draw.rectangle((5, 5, 8, 8), fill=245); draw.rectangle((30, 30, 39, 39), fill=244)"
            ),
        ])
        func trimKeepsAllThatDiffers(box: String, paint: String) throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('L', (120, 120), 255)
                draw = ImageDraw.Draw(im)
                \(paint)
                im.save(args[0])
                x, y, right, bottom = \(box)
                print(right - x + 1, bottom - y + 1)
                """
            let size = try Pillow.run(script, [scratch.path("a.png")])
            let path = try scratch.render("a.png", .box(200, 200).with { $0.trim = 10 })
            #expect(try Pillow.describe(path).contains(" \(size) "))
        }

        @Test(arguments: ["1, 1", "2, 40", "40, 2", "2, 2"])
        func trimLeavesSmallPicturesAsTheyAre(size: String) throws {
            let scratch = try Scratch()
            try Pillow.run(
                "Image.new('RGB', (\(size)), (9, 8, 7)).save(args[0])", [scratch.path("a.png")])
            for format in OutputFormat.allCases {
                let recipe = Recipe.box(200, 200, .inside, .explicit(format)).with { $0.trim = 10 }
                let made = try Studio.render(scratch.bytes("a.png"), recipe)
                #expect("\(made.size.width), \(made.size.height)" == size)
            }
        }

        /// One side grows while the other shrinks: as one after the other, and nothing is shifted.
        @Test(arguments: [(2, 200), (4, 400), (100, 150), (400, 20), (300, 50)])
        func sidesAreScaledEachByItself(width: Int, height: Int) throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('RGB', (232, 100))
                im.putdata([(x * 255 // 231, y * 255 // 99, 128)
                            for y in range(100) for x in range(232)])
                im.save(args[0])
                im.resize((\(width), \(height)), Image.LANCZOS).save(args[1])
                """
            try Pillow.run(script, [scratch.path("a.png"), scratch.path("expected.png")])
            let recipe = Recipe.box(UInt16(width), UInt16(height), .fill).with { $0.enlarge = true }
            let path = try scratch.render("a.png", recipe)
            #expect(try Pillow.farthest(path, from: scratch.path("expected.png")) <= 3)
        }

        /// Samples of every kind that TIFF knows, of the same ramp (TIFF 6.0 §19).
        @Test(arguments: [
            ("float of 32 bits", 3, "f", "v / 255"),
            ("16 bits with a sign", 2, "h", "v * 257 - 32768"), ("32 bits", 1, "I", "v * 16843009"),
            ("8 bits with a sign", 2, "b", "v - 128"),
        ])
        func samplesOfEveryKindAreShown(
            name: String, format: Int, letter: String, value: String
        ) throws {
            try check(
                "a.tif",
                """
                import struct
                width, height = 64, 16
                ramp = [4 * x for y in range(height) for x in range(width)]
                data = b''.join(struct.pack('<\(letter)', \(value)) for v in ramp)
                bits = 8 * struct.calcsize('\(letter)')
                tags = [(256, width), (257, height), (258, bits), (259, 1), (262, 1), (273, 200),
                        (277, 1), (278, height), (279, len(data)), (339, \(format))]
                head = b'II*\\0' + struct.pack('<IH', 8, len(tags))
                head += b''.join(struct.pack('<HHII', tag, 4, 1, value) for tag, value in tags)
                open(name, 'wb').write((head + bytes(4)).ljust(200, b'\\0') + data)
                im = Image.new('L', (width, height))
                im.putdata(ramp)
                im.save(expected)
                """)
        }

        /// The lower the quality, the fewer bytes, down to where libjxl would halve the picture.
        @Test func qualitiesOfJPEGXLGoDownToSix() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(317, 233).save(args[0])", [scratch.path("a.png")])
            let bytes = try scratch.bytes("a.png")
            let recipe = Recipe.box(300, 300, .inside, .explicit(.jxl))
            let counts = try [1, 6, 7, 8, 9, 30, 90].map { quality in
                try Studio.render(bytes, recipe.with { $0.quality = quality }).bytes.count
            }
            #expect(zip(counts, counts.dropFirst()).allSatisfy { $0 <= $1 }, "\(counts)")
            #expect(
                counts[0] == counts[1] && counts[1] < counts[4] && counts[4] < counts[6] / 2,
                "\(counts)")
        }

        @Test(.enabled(if: Files.isProgram("cjxl"), "needs Debian's libjxl-tools"))
        func animationInJPEGXLIsShownByItsFirstFrame() throws {
            let script = """
                import os, subprocess
                frames = [Image.new('RGB', (120, 90), c) for c in ((200, 40, 30), (30, 60, 200))]
                frames[1].paste((240, 240, 0), (20, 20, 60, 60))
                frames[0].save(name + '.gif', save_all=True, append_images=frames[1:], duration=80)
                run = lambda *words: subprocess.run(words, check=True, capture_output=True)
                run('cjxl', '-d', '0', name + '.gif', name)
                frames[0].save(expected)
                """
            try check("a.jxl", script)
        }
    }
}
