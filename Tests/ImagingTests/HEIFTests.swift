import Foundation
import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    /// Files that libavif wrote of pictures that are painted here. What they show follows from what
    /// was painted and from what the options mean (ISO/IEC 23008-12 §6.5, H.273), not from a
    /// decoder.
    @Suite(.enabled(if: HEIFPictures.isAvailable, "needs Debian's python3-pil and libavif-bin"))
    struct HEIFTests {
        @Test func everyPictureIsShownAsPainted() throws {
            let made = try HEIFPictures.made.get()
            #expect(made.names.count > 20)
            for name in made.names {
                let facts = try Studio.facts(made.scratch.bytes(name + ".avif"))
                let path = try made.scratch.render(name + ".avif", .box(1000, 1000))
                let found = try Pillow.describe([path, made.scratch.path(name + ".expected.png")])
                #expect(
                    found[0].split(separator: " ")[1...2] == found[1].split(separator: " ")[1...2])
                #expect(found[0].contains("\(facts.width) \(facts.height)"), "\(name)")
                #expect(facts.orientation == 1 && facts.frames == 1, "\(name)")
                let off = try Pillow.farthest(path, from: made.scratch.path(name + ".expected.png"))
                #expect(off <= 3, "\(name)")
            }
        }

        /// Bits of the picture beside what decides about it: cut off anywhere, it is refused.
        @Test func cutOffAnywhereItIsRefused() throws {
            let made = try HEIFPictures.made.get()
            let whole = try made.scratch.bytes("alpha-turned.avif")
            for count in stride(from: 20, to: whole.count - 1, by: 7) {
                #expect(throws: ImagingError.self) {
                    _ = try Studio.render(Array(whole[..<count]), .box(100, 100))
                }
            }
        }

        @Test func aPictureSmallerThanItsFileSaysIsRefused() throws {
            var bytes = try HEIFPictures.made.get().scratch.bytes("plain.avif")
            let place = try #require(bytes.firstRange(of: Array("ispe".utf8)))
            bytes[place.lowerBound + 11] += 80
            #expect(throws: ImagingError.self) { _ = try Studio.render(bytes, .box(100, 100)) }
        }

        /// A picture that is brighter than screens are keeps its order of tones and its white.
        @Test(arguments: ["16", "18"])
        func highRangeIsLaidIntoWhatScreensShow(transfer: String) throws {
            let scratch = try Scratch()
            let script = """
                import subprocess
                ramp = Image.new('L', (256, 16))
                ramp.putdata([x for y in range(16) for x in range(256)])
                ramp.convert('RGB').save(args[0] + 'ramp.png')
                subprocess.run(['avifenc', '--min', '0', '--max', '0', '-d', '10', '--cicp',
                                '9/' + args[1] + '/9', args[0] + 'ramp.png', args[0] + 'ramp.avif'],
                               check=True, capture_output=True)
                """
            try Pillow.run(script, [scratch.path(""), transfer])
            let path = try scratch.render("ramp.avif", .box(256, 16))
            let places = stride(from: 0, through: 100, by: 5).map { ($0, 50) }
            let tones = try Pillow.pixels(path, at: places)
            #expect(tones.allSatisfy { abs($0[0] - $0[1]) <= 2 && abs($0[1] - $0[2]) <= 2 })
            #expect(zip(tones, tones.dropFirst()).allSatisfy { $0[1] <= $1[1] + 1 })
            #expect(tones[0][1] == 0 && tones[20][1] >= 250)
            #expect((60...200).contains(tones[10][1]))
        }

        /// Colours between those that were kept, as libavif interpolates them.
        @Test func halvedColorsAreInterpolatedAsByLibavif() throws {
            let scratch = try Scratch()
            let script = """
                import subprocess
                photo(161, 121).save(args[0] + 'a.png')
                run = lambda *words: subprocess.run(words, check=True, capture_output=True)
                run('avifenc', '-y', '420', '--min', '10', '--max', '10', args[0] + 'a.png',
                    args[0] + 'a.avif')
                run('avifdec', args[0] + 'a.avif', args[0] + 'judge.png')
                """
            try Pillow.run(script, [scratch.path("")])
            let path = try scratch.render("a.avif", .box(1000, 1000))
            #expect(try Pillow.farthest(path, from: scratch.path("judge.png")) <= 2)
        }

        @Test func heicIsTurnedAsItsContainerSays() throws {
            let scratch = try Scratch()
            // heif-enc writes no rotation: one is put in beside the decoder's settings.
            let script = """
                import struct, subprocess
                im = Image.new('RGB', (160, 128), (30, 60, 200))
                im.paste((220, 40, 30), (0, 0, 80, 64))
                im.save(args[0] + 'a.png')
                run = ['heif-enc', '-q', '95', args[0] + 'a.png', '-o', args[0] + 'a.heic']
                subprocess.run(run, check=True, capture_output=True)
                data = bytearray(open(args[0] + 'a.heic', 'rb').read())
                at = data.index(b'ipma')
                count = data[at + 14]
                container = data.index(b'ipco')
                places, place, end = 0, container + 4, container - 4 + int.from_bytes(
                    data[container - 4:container], 'big')
                while place < end:
                    place += int.from_bytes(data[place:place + 4], 'big')
                    places += 1
                data.insert(at + 15 + count, 0x80 | places + 1)
                data[at + 14] += 1
                data[end:end] = struct.pack('>I4sB', 9, b'irot', 1)
                def grow(mark, by):
                    at = data.index(mark) - 4
                    data[at:at + 4] = struct.pack('>I', int.from_bytes(data[at:at + 4], 'big') + by)
                grow(b'ipma', 1); grow(b'ipco', 9); grow(b'iprp', 10); grow(b'meta', 10)
                # The pixels now lie 10 bytes later: bytes are told from places by what lies there.
                old = open(args[0] + 'a.heic', 'rb').read()
                at = old.index(b'iloc')
                start = old.index(b'mdat') + 4
                for i in range(at, at + 40):
                    if int.from_bytes(old[i:i + 4], 'big') == start:
                        j = data.index(b'iloc') + i - at
                        data[j:j + 4] = struct.pack('>I', start + 10)
                        break
                else:
                    raise SystemExit('no place found')
                open(args[0] + 'a.heic', 'wb').write(data)
                """
            try Pillow.run(script, [scratch.path("")])
            let path = try scratch.render("a.heic", .box(1000, 1000))
            #expect(try Pillow.describe(path).contains(" 128 160 "))
            // Anticlockwise: what was left above is left below.
            let pixels = try Pillow.pixels(path, at: [(10, 90), (90, 10), (10, 10), (90, 90)])
            #expect(pixels[0][0] > 190 && pixels[1...].allSatisfy { $0[2] > 160 })
        }
    }
}

/// Painted by Pillow and written by libavif: `<name>.avif`, and `<name>.expected.png` beside it.
enum HEIFPictures {
    static let isAvailable =
        Pillow.isAvailable && FileManager.default.isExecutableFile(atPath: "/usr/bin/avifenc")

    struct Made: Sendable {
        let scratch: Scratch
        let names: [String]
    }

    static let made = Result {
        let scratch = try Scratch()
        let printed = try Pillow.run(script, [scratch.path("")])
        return Made(scratch: scratch, names: printed.split(separator: "\n").map(String.init))
    }

    private static let script = #"""
        import os, struct, subprocess
        os.chdir(args[0])
        run = lambda *words: subprocess.run(words, check=True, capture_output=True)
        T = Image.Transpose
        RGB = [(210, 50, 40), (50, 170, 60), (40, 70, 200), (235, 215, 40)]

        def paint(mode='RGB', size=(160, 120), colors=RGB):
            im = Image.new(mode, size)
            w, h = size[0] // 2, size[1] // 2
            for i, color in enumerate(colors):
                im.paste(color, (i % 2 * w, i // 2 * h, i % 2 * w + w, i // 2 * h + h))
            return im

        rgb = paint()
        rgba = rgb.convert('RGBA')
        rgba.putalpha(paint('L', colors=[255, 0, 128, 255]))
        rgb.save('rgb.png'); rgba.save('rgba.png')
        ramp = Image.new('L', (256, 64)); ramp.putdata([x for y in range(64) for x in range(256)])
        ramp.save('ramp.png')
        exif = lambda o: (b'II*\0\x08\0\0\0' + struct.pack('<HHHIII', 1, 0x112, 3, 1, o, 0))
        for o in (2, 3, 6): open('exif%d' % o, 'wb').write(exif(o))

        def made(name, *options, of='rgb.png', expected=rgb, depth='8'):
            run('avifenc', '--min', '0', '--max', '0', '--minalpha', '0', '--maxalpha', '0',
                '-s', '9', '-d', depth, *options, *of.split(), name + '.avif')
            expected.save(name + '.expected.png')
            print(name)

        quarter = lambda im: im.transpose(T.ROTATE_90)
        mirrored = lambda im: im.transpose(T.FLIP_LEFT_RIGHT)
        flipped = lambda im: im.transpose(T.FLIP_TOP_BOTTOM)
        made('plain')
        made('turned-and-exif', '--irot', '1', '--exif', 'exif6', expected=quarter(rgb))
        made('half-turned-and-exif', '--irot', '2', '--exif', 'exif3',
             expected=rgb.transpose(T.ROTATE_180))
        made('mirrored-and-exif', '--imir', '1', '--exif', 'exif2', expected=mirrored(rgb))
        # libavif makes properties of EXIF's orientation: here the turn is one by nothing.
        made('exif-alone', '--exif', 'exif6')
        data = bytearray(open('exif-alone.avif', 'rb').read())
        data[data.index(b'irot') + 4] = 0
        open('exif-alone.avif', 'wb').write(data)
        made('turned-then-mirrored', '--irot', '1', '--imir', '0', expected=flipped(quarter(rgb)))
        made('premultiplied', '-p', of='rgba.png', expected=rgba)
        made('alpha', of='rgba.png', expected=rgba)
        made('alpha-turned', '--irot', '3', of='rgba.png', expected=rgba.transpose(T.ROTATE_270))
        made('alpha-mirrored', '--imir', '0', of='rgba.png', expected=flipped(rgba))
        made('alpha-cropped', '--crop', '20,10,100,80', of='rgba.png',
             expected=rgba.crop((20, 10, 120, 90)))
        made('deep-mirrored', '--imir', '1', depth='10', expected=mirrored(rgb))
        made('twelve-bits-turned', '--irot', '1', depth='12', expected=quarter(rgb))
        made('grey-limited', '-y', '400', '-r', 'limited', of='ramp.png', expected=ramp)
        made('grey-limited-deep', '-y', '400', '-r', 'limited', of='ramp.png', expected=ramp,
             depth='10')
        made('limited', '-r', 'limited')
        made('identity', '--cicp', '1/13/0')
        made('bt709', '--cicp', '1/13/1')
        made('bt2020-matrix', '--cicp', '1/13/9')
        made('ycgco', '--cicp', '1/13/8')
        wide = paint(size=(512, 384))
        wide.save('wide.png')
        made('grid', '-g', '2x2', of='wide.png', expected=wide)
        made('grid-turned', '-g', '2x2', '--irot', '1', of='wide.png', expected=quarter(wide))
        made('sequence', of='rgba.png rgba.png rgba.png', expected=rgba)

        # By the definitions alone: the curve, the primaries to XYZ under D65, those of sRGB back.
        decoded = lambda v: v / 12.92 if v <= .04045 else ((v + .055) / 1.055) ** 2.4
        encoded = lambda v: v * 12.92 if v <= .0031308 else 1.055 * v ** (1 / 2.4) - .055
        TO_SRGB = {12: [(1.2249, -.2247, 0), (-.0420, 1.0419, 0), (-.0197, -.0786, 1.0979)],
                   9: [(1.6605, -.5876, -.0728), (-.1246, 1.1329, -.0083),
                       (-.0182, -.1006, 1.1187)]}

        def seen(color, primaries):
            light = [decoded(v / 255) for v in color]
            shown = [sum(m * v for m, v in zip(row, light)) for row in TO_SRGB[primaries]]
            return tuple(round(255 * encoded(min(max(v, 0), 1))) for v in shown)

        mild = [(150, 90, 80), (90, 140, 95), (80, 90, 150), (180, 170, 100)]
        paint(colors=mild).save('mild.png')
        for name, primaries, matrix in (('p3', 12, 1), ('bt2020', 9, 9)):
            made(name, '--cicp', '%d/13/%d' % (primaries, matrix), of='mild.png',
                 expected=paint(colors=[seen(c, primaries) for c in mild]))

        # The list of the picture's properties begins with what turns it.
        data = open('turned-and-exif.avif', 'rb').read()
        at = data.index(b'ipma') + 8 + 4 + 2
        count = data[at]
        order = data[at + 1:at + 1 + count]
        order = order[-1:] + order[:-1]
        open('turn-first.avif', 'wb').write(data[:at + 1] + order + data[at + 1 + count:])
        quarter(rgb).save('turn-first.expected.png'); print('turn-first')

        # A sequence without an item.
        data = open('sequence.avif', 'rb').read()
        open('track.avif', 'wb').write(data.replace(b'meta', b'free', 1))
        rgba.save('track.expected.png'); print('track')
        """#
}
