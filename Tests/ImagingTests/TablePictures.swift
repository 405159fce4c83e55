import Foundation
import TestSupport
import Testing

/// What the option table is tried on: the same three scenes in every kind of file, painted by
/// Pillow and written by encoders that are not ours.
///
/// A scene is made of five colours: quadrants of red, green, blue and yellow (`R G / B Y`), and a
/// neutral field (`N`). What each kind shows of them follows from what was painted and from the
/// definition of its colour space, not from a decoder.
enum TablePictures {
    /// A kind's file names begin with it: `rgb.png` is `plain-rgb.png`, `framed-rgb.png` and
    /// `subject-rgb.png`.
    struct Kind: CustomTestStringConvertible, Sendable {
        let name: String
        /// How far a colour may be off, in 255ths; beside it stands why.
        var tolerance = 10
        var testDescription: String { name }
    }

    /// 10: what Lanczos rings two and a half pixels beside an edge. 16: and what a lossy file's own
    /// blocks add. 45: inks, against what coated paper shows of them (SWOP), where the profile of
    /// the press is anybody's guess.
    static let kinds: [Kind] =
        [
            "rgb.png", "grey.png", "palette.png", "clear-palette.png", "rgba.png", "la.png",
            "deep-rgb.png", "deep-grey.png", "deep-rgba.png", "film.gif", "film.webp", "rgba.webp",
            "adobe-rgb.png", "p3.png", "p3-rgba.png", "rgb.tif", "rgb.jxl", "deep-p3.png",
        ].map { Kind(name: $0) }
        + ([
            "rgb.jpg", "grey.jpg", "adobe-rgb.jpg", "lossy.webp", "rgb.avif", "rgba.avif",
            "rgb.heic",
        ]
        + (1...8).map { "exif\($0).jpg" })
        .map { Kind(name: $0, tolerance: 16) } + [Kind(name: "cmyk.jpg", tolerance: 45)]

    enum Scene: String {
        /// 240 × 160, a quadrant is 120 × 80.
        case plain
        /// The same, of which the quadrants are the middle 160 × 80.
        case framed
        /// 240 × 80, all neutral but for a red square of 60 × 60 from (170, 10).
        case subject
    }

    /// Red, green, blue, alpha.
    typealias Pixel = [Double]

    struct Made: Sendable {
        let scratch: Scratch
        /// By kind and letter.
        let colors: [String: [Character: Pixel]]
        /// A picture to lay over others: magenta, twice as wide as high.
        let mark: [UInt8]

        func bytes(_ kind: Kind, _ scene: Scene) throws -> [UInt8] {
            try scratch.bytes("\(scene.rawValue)-\(kind.name)")
        }
    }

    static let made = Result {
        let scratch = try Scratch()
        let printed = try Pillow.run(script, [scratch.path("")])
        var colors: [String: [Character: Pixel]] = [:]
        for line in printed.split(separator: "\n") {
            let words = line.split(separator: " ")
            let values = words.dropFirst(2).compactMap { Double($0) }
            colors[String(words[0]), default: [:]][words[1].first ?? " "] = values
        }
        return Made(scratch: scratch, colors: colors, mark: try scratch.bytes("mark.png"))
    }

    private static let script = """
        import os, struct, subprocess, zlib
        os.chdir(args[0])
        RGB = dict(R=(210, 50, 40), G=(50, 170, 60), B=(40, 70, 200), Y=(235, 215, 40),
                   N=(240, 240, 240))
        GREY = dict(R=70, G=130, B=30, Y=200, N=240)
        INKS = dict(R=(0, 255, 255, 0), G=(255, 0, 255, 0), B=(255, 255, 0, 0),
                    Y=(0, 0, 255, 0), N=(0, 0, 0, 0))
        ALPHA = dict(R=255, G=255, B=128, Y=0, N=255)
        # What coated paper shows of these inks.
        SWOP = dict(R=(237, 28, 36), G=(0, 166, 81), B=(46, 49, 146), Y=(255, 242, 0),
                    N=(255, 255, 255))

        def paint(mode, colors, scene, order='RGBY'):
            im = Image.new(mode, (240, 80 if scene == 'subject' else 160), colors['N'])
            if scene == 'subject':
                im.paste(colors['R'], (170, 10, 230, 70))
                return im
            x, y, w, h = (0, 0, 120, 80) if scene == 'plain' else (40, 40, 80, 40)
            for i, letter in enumerate(order):
                left, top = x + i % 2 * w, y + i // 2 * h
                im.paste(colors[letter], (left, top, left + w, top + h))
            return im

        def with_alpha(mode, colors, scene):
            im = paint(mode, colors, scene)
            im.putalpha(paint('L', ALPHA, scene))
            return im

        # Profiles of a matrix and one curve (ICC.1:2022 §8.3.3), adapted to D50.
        ADOBE = [(.60974, .31111, .01947), (.20528, .62567, .06087), (.14919, .06322, .74457)]
        P3 = [(.51512, .24120, -.00105), (.29198, .69225, .04189), (.15710, .06657, .78407)]
        decoded = lambda v: v / 12.92 if v <= .04045 else ((v + .055) / 1.055) ** 2.4
        encoded = lambda v: v * 12.92 if v <= .0031308 else 1.055 * v ** (1 / 2.4) - .055
        CURVES = {'adobe': lambda v: v ** (563 / 256), 'p3': decoded}

        def icc(primaries, curve):
            fixed = lambda *values: b''.join(struct.pack('>i', round(v * 65536)) for v in values)
            steps = [round(65535 * curve(i / 1023)) for i in range(1024)]
            table = b'curv' + bytes(4) + struct.pack('>I1024H', 1024, *steps)
            tags = [(b'wtpt', b'XYZ ' + bytes(4) + fixed(.9642, 1, .8249))]
            for name, primary in zip('rgb', primaries):
                tags.append((name.encode() + b'XYZ', b'XYZ ' + bytes(4) + fixed(*primary)))
                tags.append((name.encode() + b'TRC', table))
            index, data, start = struct.pack('>I', len(tags)), b'', 132 + 12 * len(tags)
            for name, content in tags:
                index += name + struct.pack('>II', start + len(data), len(content))
                data += content
            head = (struct.pack('>I4sI', start + len(data), bytes(4), 0x02400000) + b'mntrRGB XYZ '
                    + struct.pack('>6H', 2026, 1, 1, 0, 0, 0) + b'acsp' + bytes(28)
                    + fixed(.9642, 1, .8249) + bytes(48))
            return head + index + data

        # By the definitions alone: the curve, the primaries to XYZ, those of sRGB back.
        TO_SRGB = [(3.1338561, -1.6168667, -.4906146), (-.9787684, 1.9161415, .0334540),
                   (.0719453, -.2289914, 1.4052427)]

        def shown(color, primaries, curve):
            light = [curve(v / 255) for v in color]
            xyz = [sum(light[c] * primaries[c][i] for c in range(3)) for i in range(3)]
            srgb = [sum(row[i] * xyz[i] for i in range(3)) for row in TO_SRGB]
            return [255 * encoded(min(max(v, 0), 1)) for v in srgb]

        def deep(im, name, profile=None):
            # A byte twice is the same share of 65535 as it is of 255.
            channels = len(im.getbands())
            kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
            raw, width = im.tobytes(), im.width * channels
            rows = b''.join(b'\\0' + bytes(v for byte in raw[y * width:(y + 1) * width]
                                          for v in (byte, byte)) for y in range(im.height))
            chunk = lambda kind, data: (struct.pack('>I', len(data)) + kind + data
                                        + struct.pack('>I', zlib.crc32(kind + data)))
            icc = chunk(b'iCCP', b'p\\0\\0' + zlib.compress(profile)) if profile else b''
            with open(name, 'wb') as file:
                file.write(b'\\x89PNG\\r\\n\\x1a\\n' + chunk(b'IHDR', struct.pack(
                    '>IIBBBBB', im.width, im.height, 16, kind, 0, 0, 0)) + icc
                    + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))

        def run(*words):
            subprocess.run(words, check=True, capture_output=True)

        adobe, p3 = icc(ADOBE, CURVES['adobe']), icc(P3, CURVES['p3'])
        FINE = dict(quality=95, subsampling=0)
        # How a picture with this EXIF orientation is stored, as an Image.Transpose of it upright.
        STORED = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
        Image.new('RGB', (60, 30), (255, 0, 255)).save('mark.png')
        for scene in ('plain', 'framed', 'subject'):
            rgb, grey = paint('RGB', RGB, scene), paint('L', GREY, scene)
            rgba, la = with_alpha('RGB', RGB, scene), with_alpha('L', GREY, scene)
            name = lambda kind: scene + '-' + kind
            rgb.save(name('rgb.png'))
            rgb.save(name('rgb.jpg'), **FINE)
            rgb.save(name('rgb.tif'))
            rgb.save(name('lossy.webp'), quality=95)
            grey.save(name('grey.png'))
            grey.save(name('grey.jpg'), **FINE)
            paint('CMYK', INKS, scene).save(name('cmyk.jpg'), **FINE)
            rgb.quantize(8).save(name('palette.png'))
            # Yellow's entry is the clear one, where there is yellow.
            few = rgb.quantize(8)
            yellow = {'plain': (239, 159), 'framed': (199, 119)}.get(scene)
            clear = dict(transparency=few.getpixel(yellow)) if yellow else {}
            few.save(name('clear-palette.png'), **clear)
            rgba.save(name('rgba.png'))
            rgba.save(name('rgba.webp'), lossless=True, exact=True)
            la.save(name('la.png'))
            deep(rgb, name('deep-rgb.png'))
            deep(grey, name('deep-grey.png'))
            deep(rgba, name('deep-rgba.png'))
            deep(rgb, name('deep-p3.png'), p3)
            rgb.save(name('adobe-rgb.png'), icc_profile=adobe)
            rgb.save(name('adobe-rgb.jpg'), icc_profile=adobe, **FINE)
            rgb.save(name('p3.png'), icc_profile=p3)
            rgba.save(name('p3-rgba.png'), icc_profile=p3)
            turned = paint('RGB', RGB, scene, 'YBGR')
            film = dict(save_all=True, append_images=[turned], duration=80, loop=0)
            rgb.save(name('film.gif'), **film)
            rgb.save(name('film.webp'), lossless=True, **film)
            for o in range(1, 9):
                stored = rgb.transpose(Image.Transpose(STORED[o])) if o in STORED else rgb
                exif = Image.Exif()
                exif[0x112] = o
                stored.save(name('exif%d.jpg' % o), exif=exif.tobytes(), **FINE)
            for kind in ('rgb', 'rgba'):
                run('heif-enc', '-A', '-q', '95', '-p', 'chroma=444', name(kind + '.png'),
                    '-o', name(kind + '.avif'))
            run('heif-enc', '-q', '95', '-p', 'chroma=444', name('rgb.png'), '-o', name('rgb.heic'))
            run('cjxl', '-d', '0', name('rgb.png'), name('rgb.jxl'))

        for path in sorted(os.listdir('.')):
            if not path.startswith('plain-'): continue
            kind = path[len('plain-'):]
            for letter in 'RGBYN':
                color, alpha = RGB[letter], 255
                if kind == 'cmyk.jpg': color = SWOP[letter]
                if kind in ('grey.png', 'grey.jpg', 'la.png', 'deep-grey.png'):
                    color = (GREY[letter],) * 3
                if 'adobe' in kind: color = shown(color, ADOBE, CURVES['adobe'])
                if 'p3' in kind: color = shown(color, P3, CURVES['p3'])
                if 'rgba' in kind or kind == 'la.png': alpha = ALPHA[letter]
                if kind == 'clear-palette.png' and letter == 'Y': alpha = 0
                print(kind, letter, *color, alpha)
        """
}
