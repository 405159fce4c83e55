import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct ColorTests {
        @Test(
            .enabled(if: !Files.photos.isEmpty, "needs Debian's mate-backgrounds"),
            arguments: Files.photos)
        func photosAreCloseToLanczos(path: String) throws {
            let scratch = try Scratch()
            let bytes = try Files.bytes(path)
            let formats = [OutputFormat.jpeg, .webp]
            let renditions = try formats.map { format in
                let made = try Studio.render(bytes, .box(640, 640, .inside, .explicit(format)))
                let target = scratch.path("a.\(format.fileExtension)")
                try scratch.write(made.bytes, to: target)
                return target
            }
            let ratios = try Pillow.signalToNoise(original: path, renditions: renditions)
            #expect(ratios.allSatisfy { $0 >= 30 }, "\(formats) \(ratios)")
        }

        /// Lossless, so that what is measured is the resize and the colours.
        @Test(arguments: [
            ("RGB", "im.save(args[0], quality=95, subsampling=0)", "jpg", 36.0),
            ("grey", "im.convert('L').save(args[0])", "png", 36),
            ("grey JPEG", "im.convert('L').save(args[0], quality=95)", "jpg", 36),
            ("grey and alpha", "im.convert('LA').save(args[0])", "png", 36),
            ("palette", "im.quantize(64).save(args[0])", "png", 30),
            (
                "palette with a transparent colour",
                "im.quantize(64).save(args[0], transparency=3)", "png", 28
            ),
            ("one bit", "im.convert('1', dither=0).save(args[0])", "png", 30),
            (
                "16 bits of grey",
                "im.convert('L').convert('I').point(lambda v: v * 257).save(args[0])", "png", 36
            ),
            ("progressive", "im.save(args[0], quality=95, progressive=True)", "jpg", 34),
            ("GIF", "im.save(args[0])", "gif", 30),
            ("lossless WebP", "im.save(args[0], lossless=True)", "webp", 36),
            (
                "sRGB profile",
                "im.save(args[0], icc_profile=srgb())",
                "png", 36
            ),
        ])
        func kindIsRight(kind: String, save: String, name: String, least: Double) throws {
            let scratch = try Scratch()
            let source = scratch.path("a.\(name)")
            try Pillow.run("im = photo(640, 400)\n" + save, [source])
            let path = try scratch.render("a.\(name)", .box(200, 200))
            let ratio = try Pillow.signalToNoise(original: source, rendition: path)
            #expect(ratio >= least, "\(kind)")
        }

        @Test func foreignProfileIsApplied() throws {
            let scratch = try Scratch()
            let source = scratch.path("a.png")
            let script = """
                profile = bytearray(srgb())
                # Red and green change places: what ignores the profile shows other colours.
                red, green = profile.index(b'rXYZ'), profile.index(b'gXYZ')
                profile[red:red + 4], profile[green:green + 4] = b'gXYZ', b'rXYZ'
                photo(640, 400).save(args[0], icc_profile=bytes(profile))
                """
            try Pillow.run(script, [source])
            #expect(try Studio.facts(scratch.bytes("a.png")).isFar)
            let path = try scratch.render("a.png", .box(200, 200))
            #expect(try Pillow.signalToNoise(original: source, rendition: path) >= 36)
            #expect(
                try Pillow.run("print('icc_profile' in Image.open(args[0]).info)", [path])
                    == "False")
        }

        @Test func brokenProfileIsIgnored() throws {
            let scratch = try Scratch()
            let script = """
                photo(640, 400).save(args[0], icc_profile=b'no profile at all' * 20)
                photo(640, 400).save(args[1])
                """
            try Pillow.run(script, [scratch.path("a.png"), scratch.path("plain.png")])
            let path = try scratch.render("a.png", .box(200, 200))
            let plain = scratch.path("plain.png")
            #expect(try Pillow.signalToNoise(original: plain, rendition: path) >= 36)
        }

        /// Adobe's inverted inks, without a profile: the paper is light and the colours are not
        /// swapped.
        @Test func cmykIsShownInItsColors() throws {
            let scratch = try Scratch()
            let script = """
                im = Image.new('CMYK', (300, 100), (0, 0, 0, 0))
                im.paste((0, 255, 255, 0), (100, 0, 200, 100))
                im.paste((255, 0, 0, 0), (200, 0, 300, 100))
                im.save(args[0], quality=95)
                """
            try Pillow.run(script, [scratch.path("a.jpg")])
            #expect(try Studio.facts(scratch.bytes("a.jpg")).colorSpace == .cmyk)
            let path = try scratch.render("a.jpg", .box(150, 50))
            let pixels = try Pillow.pixels(path, at: [(16, 50), (50, 50), (83, 50)])
            #expect(pixels[0].prefix(3).allSatisfy { $0 > 230 })
            #expect(pixels[1][0] > 150 && pixels[1][2] < 100)
            #expect(pixels[2][2] > 150 && pixels[2][0] < 100)
        }

        @Test func greyStaysGrey() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(640, 400).convert('L').save(args[0])", [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", .box(200, 200, .inside, .explicit(.jpeg)))
            #expect(try Pillow.describe(path) == "JPEG 200 125 L")
        }
    }
}
