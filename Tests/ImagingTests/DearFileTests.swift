import Containers
import Rendition
import TestSupport
import Testing
import WorkerLink

@testable import Imaging

extension ImagingTests {
    /// Small files whose parts were made to be dear to read, not their pixels.
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct DearFileTests {
        /// Directories that lead to each other as often as they have entries: each way of theirs
        /// was gone by the library that libvips has for EXIF. Not a byte of it gets there.
        @Test(arguments: ["jpg", "png", "webp"])
        func noDecoderSeesEXIF(name: String) throws {
            let scratch = try Scratch()
            let script = """
                import struct
                entry = lambda t, k, n, v: struct.pack('<HHII', t, k, n, v)
                entries = [entry(0x112, 3, 1, 6), entry(0x13b, 2, 4, 0x61644100)]
                entries += [entry(0x8769, 4, 1, 8)] * 5400
                exif = b'Exif\\0\\0II*\\0' + struct.pack('<IH', 8, len(entries)) + b''.join(entries)
                photo(64, 48).save(args[0], exif=exif + b'\\x08\\0\\0\\0')
                """
            try Pillow.run(script, [scratch.path("a.\(name)")])
            let bytes = try scratch.bytes("a.\(name)")
            let facts = try Studio.facts(bytes)
            #expect(facts.orientation == 6 && facts.width == 48 && facts.height == 64)
            try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
                let original = try unsafe Original(bytes, limits: Studio.limits)
                for decoding in [Decoding(), Decoding(allFrames: true)] {
                    let picture = try original.load(decoding)
                    let (exif, turn) = (
                        picture.bytes("exif-data"), picture.integer("orientation", else: 0)
                    )
                    #expect(exif == nil && turn == 0)
                }
            }
        }

        /// What libvips is given where it decodes itself: inks, and many pixels.
        @Test(arguments: ["CMYK", "RGB"])
        func ofAJPEGOnlyWhatItNeedsIsGivenToTheDecoder(mode: String) throws {
            let scratch = try Scratch()
            let script = """
                app = lambda n, b: bytes([0xff, n]) + (len(b) + 2).to_bytes(2, 'big') + b
                photo(2200, 2000).convert(args[1]).save(args[0] + 'plain.jpg')
                data = open(args[0] + 'plain.jpg', 'rb').read()
                many = app(0xe1, b'Exif\\0\\0II*\\0\\x08\\0\\0\\0\\0\\0') * 50_000
                many += app(0xed, b'Photoshop 3.0\\0') * 50_000 + app(0xfe, b'x') * 50_000
                many += app(0xe2, b'ICC_PROFILE\\0\\1\\1') * 50_000
                open(args[0] + 'many.jpg', 'wb').write(data[:2] + many + data[2:])
                """
            try Pillow.run(script, [scratch.path(""), mode])
            let bytes = try scratch.bytes("many.jpg")
            let segments = unsafe JPEGSegments(bytes.span.bytes)
            let dropped = segments.unneeded.reduce(0) { $0 + $1.count }
            // Of each kind that is needed as many as there can be.
            let plainCount = try scratch.bytes("plain.jpg").count
            #expect(segments.unneeded.count <= 3 && bytes.count - dropped < plainCount + 10_000)
            #expect(try Studio.facts(bytes).width == 2200)
            let path = try scratch.render("many.jpg", .box(1100, 1000))
            let plain = try scratch.render("plain.jpg", .box(1100, 1000))
            #expect(try Pillow.signalToNoise(original: plain, rendition: path) > 90)
        }

        @Test(arguments: [(90, nil), (200, RefusalReason.broken)])
        func segmentsBetweenScansAreBounded(more: Int, expected: RefusalReason?) throws {
            let scratch = try Scratch()
            try Pillow.run(
                "photo(300, 200).save(args[0], progressive=True)", [scratch.path("a.jpg")])
            let bytes = try scratch.bytes("a.jpg")
            let last = try #require(
                bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
            let segments = [[UInt8]](repeating: [0xFF, 0xE1, 0, 4, 1, 2], count: more).joined()
            let error = Self.refusal(bytes[..<last] + segments + bytes[last...])
            #expect(error?.reason == expected)
            if let error { #expect(error.detail.contains("segments between them")) }
        }

        @Test func aTIFFIsOfBoundedFieldsAndOnePicture() throws {
            let scratch = try Scratch()
            let script = """
                pages = [photo(30 + n, 20) for n in range(40)]
                pages[0].save(args[0], save_all=True, append_images=pages[1:])
                """
            try Pillow.run(script, [scratch.path("a.tif")])
            let bytes = try scratch.bytes("a.tif")
            #expect(unsafe TIFFDirectory(bytes.span.bytes)?.next != nil)
            #expect(try Studio.facts(bytes).width == 30)
            try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
                let original = try unsafe Original(bytes, limits: Studio.limits)
                let pages = try original.load(Decoding()).integer("n-pages", else: 1)
                #expect(pages == 1)
            }
            let head = Array("II*\0".utf8) + [8, 0, 0, 0, 45, 1]
            let error = Self.refusal(head + [UInt8](repeating: 0, count: 13_000))
            #expect(error?.detail == "a TIFF of 301 fields, up to 300")
        }

        private static func refusal(_ bytes: some Sequence<UInt8>) -> ImagingError? {
            do throws(ImagingError) {
                _ = try Studio.facts(Array(bytes))
                return nil
            } catch { return error }
        }
    }
}

@Suite struct EXIFFieldsTests {
    private static func fields(_ text: [UInt8]) -> EXIFFields {
        unsafe EXIFFields(text.span.bytes, in: 0..<text.count)
    }

    /// In both orders of bytes, with and without a mark in front.
    @Test(arguments: [true, false], ["", "Exif\0\0"])
    func areReadFromTwoDirectories(isLittle: Bool, mark: String) {
        func number<N: FixedWidthInteger>(_ value: N) -> [UInt8] {
            let bytes = (0..<N.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return isLittle ? bytes : bytes.reversed()
        }
        func entry(_ tag: UInt16, _ type: UInt16, _ count: UInt32, _ value: [UInt8]) -> [UInt8] {
            number(tag) + number(type) + number(count) + value
                + [UInt8](repeating: 0, count: 4 - value.count)
        }
        let artist = Array("Somebody\0rest".utf8)
        var file = Array(mark.utf8) + Array((isLittle ? "II" : "MM").utf8) + number(UInt16(42))
        file += number(UInt32(8)) + number(UInt16(4))
        file += entry(0x0112, 3, 1, number(UInt16(6)))
        file += entry(0x013B, 2, UInt32(artist.count), number(UInt32(80)))
        file += entry(0x8298, 2, 3, Array("Me\0".utf8))
        file += entry(0x8769, 4, 1, number(UInt32(62)))
        file += number(UInt32(0))
        let date = Array("2021:06:05 04:03:02\0".utf8)
        file += number(UInt16(1)) + entry(0x9003, 2, 20, number(UInt32(80 + artist.count)))
        file += number(UInt32(0)) + artist + date
        let found = Self.fields(file)
        #expect(found.orientation == 6 && found.artist == "Somebody" && found.copyright == "Me")
        #expect(found.taken == "2021:06:05 04:03:02")
        for count in 0..<file.count { _ = Self.fields(Array(file.prefix(count))) }
    }
}

@Suite struct DearHEIFTests {
    private static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let count = UInt32(8 + content.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
            + Array(type.utf8) + content
    }

    private static func box(_ type: String, of parts: [[UInt8]]) -> [UInt8] {
        box(type, Array(parts.joined()))
    }

    /// A picture that is turned so often, its data in so many pieces of so many bytes.
    private static func file(turns: Int, pieces: Int, of byteCount: UInt8) -> [UInt8] {
        let version: [UInt8] = [0, 0, 0, 0]
        let one: [UInt8] = [0, 1]
        let extent: [UInt8] = [0, 0, 0, 0, 0, 0, 0, byteCount]
        let sides: [UInt8] = [0, 0, 0, 64, 0, 0, 0, 64]
        let sizes: [UInt8] = [0x44, 0, 0, 1, 0, 1, 0, 0, 0, UInt8(pieces)]
        let places = [version, sizes] + Array(repeating: extent, count: pieces)
        let properties = box(
            "ipco", of: [box("ispe", of: [version, sides]), box("hvcC", [1]), box("irot", [1])])
        let head: [UInt8] = [0, 0, 0, 1, 0, 1, UInt8(2 + turns), 1, 2]
        let links = box("ipma", of: [version, head, Array(repeating: 3, count: turns)])
        let info = box("infe", of: [[2, 0, 0, 0, 0, 1, 0, 0], Array("hvc1\0".utf8)])
        let meta = box(
            "meta",
            of: [
                version, box("pitm", of: [version, one]), box("iinf", of: [version, one, info]),
                box("iloc", of: places), box("iprp", of: [properties, links]),
            ])
        return box("ftyp", Array("heic\0\0\0\0heic".utf8)) + meta
    }

    @Test(
        arguments: [
            (4, 2, 90, nil), (12, 1, 90, nil),
            (13, 1, 90, "a picture that is turned and cropped too often"),
            (200, 1, 90, "a picture that is turned and cropped too often"),
            (1, 100, 250, "a picture of more bytes than the file has"),
        ] as [(Int, Int, UInt8, String?)])
    func whatIsDoneAgainAndAgainIsRefused(
        turns: Int, pieces: Int, byteCount: UInt8, expected: String?
    ) {
        let file = Self.file(turns: turns, pieces: pieces, of: byteCount)
        do throws(ContainerError) {
            let picture = try unsafe HEIFPicture(file.span.bytes)
            #expect(picture.transforms.count == turns && expected == nil)
        } catch { #expect(error.detail == expected) }
    }
}
