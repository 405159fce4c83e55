import Foundation
import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil")) struct LikenessTests {
        private func likeness(_ path: String) throws -> Likeness {
            try Studio.likeness(Files.bytes(path))
        }

        /// The published algorithm, in Python, on the same pixels.
        @Test(arguments: [(1, 1), (100, 75), (64, 100), (100, 3), (2, 90), (33, 33)])
        func thumbHashIsThePublishedOne(width: Int, height: Int) throws {
            var random = SystemRandomNumberGenerator()
            for isOpaque in [true, false] {
                let pixels = (0..<width * height).map { place in
                    let noise = SIMD4<UInt8>.random(in: 0...40, using: &random)
                    let ramp = SIMD4(
                        UInt8(place % width), UInt8(place / width), 90, UInt8(place % 200))
                    var pixel = noise &+ ramp
                    if isOpaque { pixel.w = 255 }
                    return pixel
                }
                let made = Likeness(of: Miniature(width: width, height: height, pixels: pixels))
                let input = pixels.flatMap { [$0.x, $0.y, $0.z, $0.w] }.map(String.init)
                let expected = try Pillow.run(
                    Self.thumbHash, ["\(width)", "\(height)", input.joined(separator: " ")])
                #expect(made.thumbHash.map(String.init).joined(separator: " ") == expected)
            }
        }

        /// Resized, recompressed and brightened copies are near, other photos far.
        @Test(.enabled(if: Files.photos.count > 3, "needs photos, such as mate-backgrounds"))
        func perceptualHashesOfCopiesAreNearAndOfOthersFar() throws {
            let scratch = try Scratch()
            var hashes: [(path: String, hash: UInt64)] = []
            // Of those beside the package two are of one flower.
            let photos = Files.photos.filter { !$0.contains("flower3") }.prefix(9)
            for (number, path) in photos.enumerated() {
                let names = ["small", "recompressed", "bright"].map {
                    scratch.path("\(number)-\($0).jpg")
                }
                let script = """
                    im = load(args[0])
                    im.resize((im.width * 2 // 5, im.height * 2 // 5)).save(args[1], quality=90)
                    im.save(args[2], quality=30)
                    im.point(lambda v: min(255, v * 11 // 10)).save(args[3], quality=85)
                    """
                try Pillow.run(script, [path] + names)
                let original = try likeness(path).perceptualHash
                for name in names {
                    let copy = try likeness(name).perceptualHash
                    let distance = (original ^ copy).nonzeroBitCount
                    #expect(distance <= 8, "\(path) \(name)")
                }
                hashes.append((path, original))
            }
            for (index, first) in hashes.enumerated() {
                for second in hashes[..<index] {
                    let distance = (first.hash ^ second.hash).nonzeroBitCount
                    #expect(distance >= 20, "\(first.path) \(second.path)")
                }
            }
        }

        /// As `imagehash.phash` of Python makes it, written down in plain Python.
        @Test func perceptualHashIsNearTheUsualOne() throws {
            let scratch = try Scratch()
            let path = scratch.path("photo.png")
            try Pillow.run("photo(900, 700).save(args[0])", [path])
            let expected = try #require(
                UInt64(try Pillow.run(Self.perceptualHash, [path]), radix: 16))
            let made = try likeness(path).perceptualHash
            #expect((made ^ expected).nonzeroBitCount <= 4)
        }

        @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
        func isOfThePictureUpright(orientation: Int) throws {
            let scratch = try Scratch()
            let (plain, turned) = (scratch.path("plain.png"), scratch.path("turned.png"))
            let script = """
                im = photo(500, 300)
                im.save(args[0])
                ways = [None, Image.FLIP_LEFT_RIGHT, Image.ROTATE_180, Image.FLIP_TOP_BOTTOM,
                        Image.TRANSPOSE, Image.ROTATE_90, Image.TRANSVERSE, Image.ROTATE_270]
                way = ways[int(args[2]) - 1]
                im = im.transpose(way) if way is not None else im
                exif = Image.Exif()
                exif[0x0112] = int(args[2])
                im.save(args[1], exif=exif)
                """
            try Pillow.run(script, [plain, turned, "\(orientation)"])
            let (first, second) = (try likeness(plain), try likeness(turned))
            #expect((first.perceptualHash ^ second.perceptualHash).nonzeroBitCount <= 4)
            #expect(first.thumbHash[3] == second.thumbHash[3])  // The shape.
            #expect(first.dominantColor == second.dominantColor)
        }

        @Test func dominantColorIsThatOfMostPixels() throws {
            let scratch = try Scratch()
            let path = scratch.path("a.png")
            let script = """
                im = Image.new('RGBA', (400, 300), (0, 0, 0, 0))
                draw = ImageDraw.Draw(im)
                draw.rectangle([0, 0, 399, 80], fill=(200, 30, 40, 255))
                draw.rectangle([0, 81, 399, 120], fill=(10, 220, 90, 255))
                im.save(args[0])
                """
            try Pillow.run(script, [path])
            let color = try #require(try likeness(path).dominantColor)
            for (channel, wanted) in [(16, 200), (8, 30), (0, 40)] {
                #expect(abs(Int(color >> channel & 255) - wanted) <= 3)
            }
        }

        @Test func nothingVisibleHasNoColor() throws {
            let scratch = try Scratch()
            let path = scratch.path("a.png")
            try Pillow.run("Image.new('RGBA', (90, 40), (9, 9, 9, 0)).save(args[0])", [path])
            let found = try likeness(path)
            #expect(found.dominantColor == nil && !found.thumbHash.isEmpty)
        }

        /// Sizes and kinds at the edges of what is accepted.
        @Test(arguments: [
            "Image.new('L', (1, 1), 7).save(args[0], 'PNG')",
            "Image.new('LA', (3, 200), (7, 90)).save(args[0], 'PNG')",
            "Image.new('P', (30000, 2)).save(args[0], 'PNG')",
            "Image.new('CMYK', (300, 200), (9, 80, 7, 6)).save(args[0], 'JPEG')",
            "Image.new('I;16', (200, 400), 30000).save(args[0], 'PNG')",
            "photo(1700, 1300).convert('RGBA').save(args[0], 'PNG')",
            """
            frames = [photo(60 + 0 * n, 40).rotate(n) for n in range(4)]
            frames[0].save(args[0], 'GIF', save_all=True, append_images=frames[1:])
            """,
        ])
        func everyKindOfPictureHasOne(script: String) throws {
            let scratch = try Scratch()
            try Pillow.run(script, [scratch.path("a")])
            let found = try likeness(scratch.path("a"))
            #expect((5...25).contains(found.thumbHash.count))
        }

        private static let thumbHash = """
            w, h = int(args[0]), int(args[1])
            rgba = [int(v) for v in args[2].split()]
            rnd = lambda v: math.floor(v + 0.5)
            avg, avg_a = [0, 0, 0], 0
            for i in range(w * h):
                alpha = rgba[4 * i + 3] / 255
                for c in range(3): avg[c] += alpha / 255 * rgba[4 * i + c]
                avg_a += alpha
            if avg_a: avg = [v / avg_a for v in avg]
            has_alpha = avg_a < w * h
            limit = 5 if has_alpha else 7
            lx = max(1, rnd(limit * w / max(w, h)))
            ly = max(1, rnd(limit * h / max(w, h)))
            l, p, q, a = [], [], [], []
            for i in range(w * h):
                alpha = rgba[4 * i + 3] / 255
                r, g, b = (avg[c] * (1 - alpha) + alpha / 255 * rgba[4 * i + c] for c in range(3))
                l.append((r + g + b) / 3); p.append((r + g) / 2 - b); q.append(r - g)
                a.append(alpha)

            def channel(values, nx, ny):
                dc, ac, scale = 0, [], 0
                for cy in range(ny):
                    cx = 0
                    while cx * ny < nx * (ny - cy):
                        f = 0
                        fx = [math.cos(math.pi / w * cx * (x + 0.5)) for x in range(w)]
                        for y in range(h):
                            fy = math.cos(math.pi / h * cy * (y + 0.5))
                            for x in range(w): f += values[x + y * w] * fx[x] * fy
                        f /= w * h
                        if cx or cy:
                            ac.append(f); scale = max(scale, abs(f))
                        else: dc = f
                        cx += 1
                return dc, [0.5 + 0.5 / scale * f for f in ac] if scale else ac, scale

            l, p, q = channel(l, max(3, lx), max(3, ly)), channel(p, 3, 3), channel(q, 3, 3)
            wide = w > h
            h24 = (rnd(63 * l[0]) | rnd(31.5 + 31.5 * p[0]) << 6 | rnd(31.5 + 31.5 * q[0]) << 12
                   | rnd(31 * l[2]) << 18 | has_alpha << 23)
            h16 = (ly if wide else lx) | rnd(63 * p[2]) << 3 | rnd(63 * q[2]) << 9 | wide << 15
            out = [h24 & 255, h24 >> 8 & 255, h24 >> 16, h16 & 255, h16 >> 8]
            terms = l[1] + p[1] + q[1]
            if has_alpha:
                a = channel(a, 5, 5)
                out.append(rnd(15 * a[0]) | rnd(15 * a[2]) << 4)
                terms += a[1]
            nibbles = [rnd(15 * f) for f in terms] + [0]
            out += [nibbles[i] | nibbles[i + 1] << 4 for i in range(0, len(terms), 2)]
            print(*out)
            """

        private static let perceptualHash = """
            im = load(args[0]).convert('L').resize((32, 32), Image.LANCZOS)
            px = [[im.getpixel((x, y)) for x in range(32)] for y in range(32)]
            wave = [[2 * math.cos(math.pi * k * (2 * n + 1) / 64) for n in range(32)]
                    for k in range(8)]
            low = [sum(px[y][x] * wave[v][y] * wave[u][x] for y in range(32) for x in range(32))
                   for v in range(8) for u in range(8)]
            ordered = sorted(low)
            median = (ordered[31] + ordered[32]) / 2
            print(f"{int(''.join('1' if v > median else '0' for v in low), 2):016x}")
            """
    }
}

extension Studio {
    static func likeness(_ bytes: [UInt8]) throws(ImagingError) -> Likeness {
        _ = try facts(bytes)
        return try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
            let original = try unsafe Original(bytes, limits: limits)
            let renderer = Renderer(limits: limits, style: Style())
            return try renderer.prove(original, making: MasterPlan(of: original.facts)).likeness
        }
    }
}
