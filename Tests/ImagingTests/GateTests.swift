import Foundation
import Rendition
import TestSupport
import Testing
import WorkerLink

@testable import Imaging

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct GateTests {
        private static func reason(_ bytes: [UInt8], _ limits: JobLimits = Studio.limits)
            -> RefusalReason?
        {
            do throws(ImagingError) {
                _ = try Studio.render(bytes, .box(50, 50), limits: limits)
                return nil
            } catch { return error.reason }
        }

        @Test(arguments: [
            (JobLimits(inputPixels: 300 * 200, inputTypes: [.png]), nil),
            (JobLimits(inputPixels: 300 * 200 - 1, inputTypes: [.png]), RefusalReason.overPixels),
            (JobLimits(inputSide: 300, inputTypes: [.png]), nil),
            (JobLimits(inputSide: 299, inputTypes: [.png]), .overSides),
            (JobLimits(inputTypes: [.jpeg, .webp]), .unsupportedType),
        ])
        func limitsHoldBeforeAPixelIsDecoded(limits: JobLimits, expected: RefusalReason?) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(300, 200).save(args[0])", [scratch.path("a.png")])
            #expect(Self.reason(try scratch.bytes("a.png"), limits) == expected)
        }

        @Test func outputBeyondItsLimitIsRefused() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(300, 200).save(args[0])", [scratch.path("a.png")])
            let bytes = try scratch.bytes("a.png")
            let limits = JobLimits(
                inputTypes: [.png], output: OutputLimits(side: 4000, pixels: 100_000))
            let recipe = Recipe.box(4000, 3000, .fill).with { $0.enlarge = true }
            let error = #expect(throws: ImagingError.self) {
                try Studio.render(bytes, recipe, limits: limits)
            }
            #expect(error?.reason == .overOutput)
        }

        /// Each is a pass over all of the picture: two hundred bytes cost as much as it.
        @Test(arguments: [(90, nil), (200, RefusalReason.broken), (20_000, .broken)])
        func aJPEGHasABoundedNumberOfScans(more: Int, expected: RefusalReason?) throws {
            let scratch = try Scratch()
            let script = "photo(300, 200).save(args[0], quality=80, progressive=True)"
            try Pillow.run(script, [scratch.path("a.jpg")])
            let bytes = try scratch.bytes("a.jpg")
            // The last scan once more, and again. It brings nothing new.
            let start = try #require(
                bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA })
            let scan = bytes[start..<bytes.count - 2]
            let scans = [[UInt8]](repeating: Array(scan), count: more)
            let whole = bytes.dropLast(2) + scans.joined() + [0xFF, 0xD9]
            #expect(Self.gate(Array(whole)) == expected)
        }

        @Test func aPNGHasNoMoreDataThanPixels() throws {
            let scratch = try Scratch()
            let script = """
                import struct, zlib
                def chunk(name, data):
                    return (struct.pack('>I', len(data)) + name + data
                            + struct.pack('>I', zlib.crc32(name + data)))
                packed = zlib.compressobj(9)
                rows = bytes(64 * 193)
                parts = [rows] + [bytes(1 << 20)] * int(args[1])
                tail = b''.join(packed.compress(part) for part in parts)
                head = struct.pack('>IIBBBBB', 64, 64, 8, 2, 0, 0, 0)
                open(args[0], 'wb').write(bytes.fromhex('89504e470d0a1a0a') + chunk(b'IHDR', head)
                    + chunk(b'IDAT', tail + packed.flush()) + chunk(b'IEND', b''))
                """
            for (megabytes, expected) in [(0, nil), (256, RefusalReason.broken)] {
                try Pillow.run(script, [scratch.path("a.png"), "\(megabytes)"])
                #expect(Self.gate(try scratch.bytes("a.png")) == expected)
            }
        }

        /// Noise that no compression helps, whole and interlaced, of all kinds of pixels.
        @Test(arguments: ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"], [1, 3, 200])
        func aPNGOfNoiseIsNotTakenForABomb(mode: String, side: Int) throws {
            let scratch = try Scratch()
            let script = """
                import os
                side = int(args[1])
                mode = 'L' if args[2] in ('P', '1') else args[2]
                size = (side, side + 5)
                count = side * (side + 5) * {'L': 1, 'LA': 2, 'RGB': 3, 'RGBA': 4, 'I;16': 2}[mode]
                im = Image.frombytes(mode, size, os.urandom(count))
                im = im.convert(args[2]) if args[2] in ('P', '1') else im
                im.save(args[0], compress_level=0)
                """
            try Pillow.run(script, [scratch.path("a.png"), "\(side)", mode])
            #expect(Self.gate(try scratch.bytes("a.png")) == nil)
        }

        private static func gate(_ bytes: [UInt8]) -> RefusalReason? {
            do throws(ImagingError) {
                _ = try Studio.facts(bytes)
                return nil
            } catch { return error.reason }
        }

        @Test(arguments: [
            [UInt8](), [0], Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8),
            Array("%PDF-1.4".utf8), Array("BM".utf8) + [UInt8](repeating: 0, count: 60),
            Array("push graphic-context".utf8), [UInt8](repeating: 0, count: 4096),
        ])
        func whatIsNoAcceptedImageIsUnsupported(bytes: [UInt8]) {
            #expect(Self.reason(bytes) == .unsupportedType)
        }

        /// A picture cut off anywhere is refused, never filled up with grey.
        @Test(arguments: ["jpg", "png", "webp", "gif"])
        func truncatedIsBroken(name: String) throws {
            let scratch = try Scratch()
            try Pillow.run("photo(300, 200).save(args[0])", [scratch.path("a.\(name)")])
            let bytes = try scratch.bytes("a.\(name)")
            for percent in [30, 60, 95] {
                let cut = Array(bytes.prefix(bytes.count * percent / 100))
                #expect(Self.reason(cut) == .broken, "\(percent) %")
            }
        }

        /// Of any type by its first bytes, and random behind them.
        @Test(
            arguments: [
                [0xff, 0xd8, 0xff, 0xe0], PNGChunks.signature, Array("GIF89a".utf8),
                Array("RIFF\0\0\u{1}\0WEBPVP8 ".utf8),
                Array("\0\0\0\u{18}ftypavif\0\0\0\0avifmif1".utf8),
                [0x49, 0x49, 0x2a, 0], [0xff, 0x0a],
            ], UInt64(0)..<8)
        func noiseIsRefused(head: [UInt8], seed: UInt64) {
            var state = seed &+ 1
            let noise = (0..<2000).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            #expect(Self.reason(head + noise) != nil)
        }

        @Test func chunkThatReachesBeyondTheFileIsBroken() throws {
            let scratch = try Scratch()
            try Pillow.run("photo(30, 20).save(args[0])", [scratch.path("a.png")])
            let bytes = try scratch.bytes("a.png")
            for kind in ["tEXt", "iCCP", "gAMA", "IDAT", "juNK"] {
                // After IHDR: a chunk that says it is 1 GB long.
                let false_ = [0x3f, 0xff, 0xff, 0xff] + Array(kind.utf8)
                #expect(
                    Self.reason(Array(bytes[..<33]) + false_ + bytes[33...]) == .broken, "\(kind)")
            }
        }

        @Test func textThatCouldBeABombIsLeftOut() throws {
            let scratch = try Scratch()
            let script = """
                from PIL import PngImagePlugin
                info = PngImagePlugin.PngInfo()
                info.add_text('bomb', 'A' * 60_000_000, zip=True)
                for i in range(40): info.add_text('note%d' % i, 'more than libvips takes')
                photo(300, 200).save(args[0], pnginfo=info)
                """
            let source = scratch.path("a.png")
            try Pillow.run(script, [source])
            let path = try scratch.render("a.png", .box(300, 200))
            try Pillow.run("photo(300, 200).save(args[0])", [scratch.path("plain.png")])
            let plain = scratch.path("plain.png")
            #expect(try Pillow.signalToNoise(original: plain, rendition: path) > 90)
        }
    }
}

@Suite struct SniffingTests {
    @Test(arguments: [
        ([0xff, 0xd8, 0xff, 0xdb], ImageType.jpeg), (PNGChunks.signature, .png),
        (Array("GIF87a".utf8), .gif), (Array("GIF89a".utf8), .gif),
        (Array("RIFF\0\0\0\0WEBP".utf8), .webp),
        (Array("\0\0\0\u{14}ftypavif\0\0\0\0avif".utf8), .avif),
        (Array("\0\0\0\u{18}ftypmif1\0\0\0\0miafavif".utf8), .avif),
        (Array("\0\0\0\u{14}ftypavis\0\0\0\0msf1".utf8), .avif),
        (Array("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heic".utf8), .heic),
        ([0x49, 0x49, 0x2a, 0], .tiff), ([0x4d, 0x4d, 0, 0x2a], .tiff), ([0xff, 0x0a], .jxl),
        (Array("BM".utf8), .bmp),
    ])
    func knowsItsTypes(bytes: [UInt8], expected: ImageType) {
        let type = unsafe ImageType(sniffing: bytes.span.bytes)
        #expect(type == expected)
    }

    @Test(arguments: [
        [], [0xff], [0xff, 0xd8], Array("GIF88a".utf8), Array("RIFF\0\0\0\0WAVE".utf8),
        Array("\0\0\0\u{14}ftypisom\0\0\0\0mp42".utf8), Array("\0\0\0\u{14}ftyp".utf8),
        Array("<svg>".utf8),
    ])
    func knowsNothingElse(bytes: [UInt8]) {
        let type = unsafe ImageType(sniffing: bytes.span.bytes)
        #expect(type == nil)
    }
}

@Suite struct CameraTimeTests {
    @Test(arguments: [
        ("1970:01:01 00:00:00", Int64(0)), ("2000:02:29 12:30:15 (ASCII)", 951_827_415),
        ("2024:12:31 23:59:60", 1_735_689_600), ("1969:12:31 23:59:59", -1),
    ])
    func isReadAsUTC(text: String, expected: Int64) {
        #expect(CameraTime.seconds(text) == expected)
    }

    @Test(arguments: [
        "", "0000:00:00 00:00:00", "2000:13:01 00:00:00", "2000:01:01 24:00:00", "2000:01:01",
        "    :  :     :  :  ", "2000:01:0a 00:00:00",
    ])
    func isNothingWhereNoneIs(text: String) {
        #expect(CameraTime.seconds(text) == nil)
    }
}
