import Rendition
import TestSupport
import Testing
import WorkerLink

@testable import Imaging

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct MetadataTests {
        private static let tagged = """
            exif = Image.Exif()
            exif[0x8298] = '(c) 2024 A. Photographer (all rights)'
            exif[0x013B] = 'A. Photographer'
            exif[0x010F] = 'SecretCamera'
            exif[0x8769] = {0x9003: '2021:06:05 04:03:02'}
            exif[0x8825] = {1: 'N', 2: (47.0, 30.0, 0.0), 3: 'E', 4: (8.0, 30.0, 0.0)}
            photo(200, 100).save(args[0], exif=exif.tobytes())
            """

        @Test(arguments: [OutputFormat.jpeg, .webp])
        func rightsGoAlongAndNothingElse(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.tagged, [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", .box(100, 100, .inside, .explicit(format)))
            let script = """
                exif = Image.open(args[0]).getexif()
                print(exif.get(0x8298), '|', exif.get(0x013B), '|', exif.get(0x010F))
                print(bool(exif.get_ifd(0x8825)), b'SecretCamera' in open(args[0], 'rb').read())
                """
            #expect(
                try Pillow.run(script, [path]) == """
                    (c) 2024 A. Photographer (all rights) | A. Photographer | None
                    False False
                    """)
        }

        @Test(arguments: [OutputFormat.jpeg, .webp])
        func rightsStayBehindWhereTheConfigurationSaysSo(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.tagged, [scratch.path("a.jpg")])
            var style = Style()
            style.keepsRights = false
            let made = try Studio.render(
                scratch.bytes("a.jpg"), .box(100, 100, .inside, .explicit(format)), style: style)
            #expect(!String(decoding: made.bytes, as: UTF8.self).contains("Photographer"))
        }

        /// A short text stands where a longer one's place would.
        @Test func shortRightsAreRead() throws {
            let scratch = try Scratch()
            let script = """
                exif = Image.Exif()
                exif[0x8298] = 'Me'
                photo(200, 100).save(args[0], exif=exif.tobytes())
                """
            try Pillow.run(script, [scratch.path("a.jpg")])
            for format in [OutputFormat.jpeg, .webp] {
                let path = try scratch.render("a.jpg", .box(100, 100, .inside, .explicit(format)))
                let read = "print(Image.open(args[0]).getexif().get(0x8298).rstrip(chr(0)))"
                #expect(try Pillow.run(read, [path]) == "Me")
            }
        }

        @Test(arguments: ["<?php echo 1; ?>", "<script>", "end ?>", "Me\\x1b[2J"])
        func whatLooksLikeCodeIsNotCopied(text: String) throws {
            let scratch = try Scratch()
            let script = """
                exif = Image.Exif()
                exif[0x013b] = '\(text)'
                exif[0x8298] = 'Somebody, 2026'
                photo(200, 100).save(args[0], exif=exif.tobytes())
                """
            try Pillow.run(script, [scratch.path("a.jpg")])
            let path = try scratch.render("a.jpg", .box(100, 100, .inside, .explicit(.jpeg)))
            let read = """
                exif = Image.open(args[0]).getexif()
                print(exif.get(0x13b), exif.get(0x8298))
                """
            #expect(try Pillow.run(read, [path]) == "None Somebody, 2026")
        }

        @Test func nothingToTellTakesNoByte() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(200, 100).save(args[0])", [scratch.path("a.png")])
            let webp = try Studio.render(
                scratch.bytes("a.png"), .box(100, 100, .inside, .explicit(.webp))
            ).bytes
            // One chunk of pixels and the head before it.
            #expect(Array(webp[12..<16]) == Array("VP8 ".utf8))
            let length = webp[16..<20].reversed().reduce(0) { $0 << 8 | Int($1) }
            #expect(webp.count == 20 + length + length % 2)
            let jpeg = try Studio.render(
                scratch.bytes("a.png"), .box(100, 100, .inside, .explicit(.jpeg)))
            #expect(!String(decoding: jpeg.bytes, as: UTF8.self).contains("Exif"))
        }

        @Test(arguments: [OutputFormat.png, .avif, .gif])
        func otherFormatsCarryNothing(format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.tagged, [scratch.path("a.jpg")])
            let made = try Studio.render(
                scratch.bytes("a.jpg"), .box(100, 100, .inside, .explicit(format)))
            let text = String(decoding: made.bytes, as: UTF8.self)
            #expect(!text.contains("Photographer") && !text.contains("SecretCamera"))
        }

        @Test func timeOfCaptureIsAFact() throws {
            let scratch = try Scratch()
            try Pillow.run(Self.tagged, [scratch.path("a.jpg")])
            let facts = try Studio.facts(scratch.bytes("a.jpg"))
            #expect(facts.capturedAt == 1_622_865_782)
        }

        @Test func factsAreThoseOfTheHeader() throws {
            let scratch = try Scratch()
            let script = """
                photo(64, 48).save(args[0], progressive=True)
                photo(64, 48).convert('LA').save(args[1])
                """
            try Pillow.run(script, [scratch.path("a.jpg"), scratch.path("b.png")])
            let jpeg = try Studio.facts(scratch.bytes("a.jpg"))
            #expect(jpeg == ImageFacts(type: .jpeg, width: 64, height: 48, isProgressive: true))
            let png = try Studio.facts(scratch.bytes("b.png"))
            #expect(
                png
                    == ImageFacts(
                        type: .png, width: 64, height: 48, hasAlpha: true, colorSpace: .grey))
        }
    }

    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct ColorProfileTests {
        @Test func knowsPlainSRGBByItsNumbers() throws {
            let scratch = try Scratch()
            let script = """
                profile = bytearray(srgb())
                open(args[0], 'wb').write(profile)
                place = profile.index(b'rXYZ')  # In the tag table: kind, offset, size.
                offset = int.from_bytes(profile[place + 4:place + 8], 'big')
                profile[offset + 9] ^= 0x20  # The red primary, a little redder.
                open(args[1], 'wb').write(profile)
                """
            try Pillow.run(script, [scratch.path("srgb"), scratch.path("other")])
            let plain = try scratch.bytes("srgb")
            #expect(Self.isPlain(plain))
            #expect(!Self.isPlain(try scratch.bytes("other")))
            // Cut off anywhere it is read or refused, never trapped on.
            let verdicts = stride(from: 0, to: plain.count, by: 7).map {
                Self.isPlain(Array(plain.prefix($0)))
            }
            #expect(verdicts.first == false)
        }

        private static func isPlain(_ profile: [UInt8]) -> Bool {
            unsafe ColorProfile.isPlainSRGB(profile.span.bytes)
        }
    }
}
