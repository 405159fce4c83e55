import Foundation
import Synchronization
import Testing

/// The decoder and resizer that is not ours: Pillow, under Debian's own Python. It makes pictures,
/// and judges what the renderer made of them.
enum Pillow {
    private static let interpreter = "/usr/bin/python3"

    static let isAvailable: Bool = {
        guard FileManager.default.isExecutableFile(atPath: interpreter) else { return false }
        return (try? run("import PIL.Image, PIL.ImageCms", [])) != nil
    }()

    struct Failure: Error, CustomStringConvertible { let description: String }

    private static let python = Mutex<Python?>(nil)

    /// Runs `script`, in which `args` holds `arguments`; what it prints.
    @discardableResult
    static func run(_ script: String, _ arguments: [String]) throws -> String {
        try python.withLock { python in
            let running = try python ?? Python(interpreter, prelude)
            // One that fell is not asked again.
            python = nil
            let answer = try running.run(script, arguments)
            python = running
            if let failure = answer["failure"] { throw Failure(description: failure) }
            return (answer["output"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }

    /// How far `rendition` is from a Lanczos resize of `original`, in dB; upright, in sRGB, on
    /// white.
    static func signalToNoise(original: String, rendition: String) throws -> Double {
        try signalToNoise(original: original, renditions: [rendition])[0]
    }

    /// The same for several of one size.
    static func signalToNoise(original: String, renditions: [String]) throws -> [Double] {
        let script = """
            made = [load(path) for path in args[1:]]
            expected = load(args[0]).resize(made[0].size, Image.LANCZOS)
            print(*(psnr(expected, one) for one in made))
            """
        let printed = try run(script, [original] + renditions)
        let ratios = printed.split(separator: " ").compactMap { Double($0) }
        guard ratios.count == renditions.count else { throw Failure(description: printed) }
        return ratios
    }

    /// `format width height mode`.
    static func describe(_ path: String) throws -> String { try describe([path])[0] }

    static func describe(_ paths: [String]) throws -> [String] {
        let script = """
            for path in args:
                im = Image.open(path)
                im.load()
                print(im.format, *im.size, im.mode)
            """
        return try run(script, paths).split(separator: "\n").map(String.init)
    }

    /// Red, green, blue and alpha at places given in percent of the sides.
    static func pixels(_ path: String, at places: [(Int, Int)]) throws -> [[Int]] {
        let script = """
            im = Image.open(args[0]).convert('RGBA')
            for place in args[1:]:
                x, y = (int(v) for v in place.split(','))
                print(*im.getpixel((x * (im.width - 1) // 100, y * (im.height - 1) // 100)))
            """
        let printed = try run(script, [path] + places.map { "\($0.0),\($0.1)" })
        return printed.split(separator: "\n").map {
            $0.split(separator: " ").compactMap { Int($0) }
        }
    }

    /// The largest difference in any channel of any pixel, in 255ths; of clear ones only that
    /// they are.
    static func farthest(_ path: String, from expected: String) throws -> Int {
        let script = """
            one, other = (Image.open(path).convert('RGBA') for path in args)
            assert one.size == other.size, (one.size, other.size)
            # What is hidden may be anything.
            hide = lambda im: Image.composite(im, Image.new('RGBA', im.size),
                                              im.getchannel('A').point(lambda v: 255 if v else 0))
            off = ImageChops.difference(hide(one), hide(other))
            print(max(high for _, high in off.getextrema()))
            """
        guard let value = Int(try run(script, [path, expected])) else { return 255 }
        return value
    }

    private static let prelude = """
        import io, math, sys, warnings
        from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageOps, ImageStat
        warnings.simplefilter('ignore')
        Image.MAX_IMAGE_PIXELS = None

        def load(path):
            im = Image.open(path)
            im.load()
            icc = im.info.get('icc_profile')
            im = ImageOps.exif_transpose(im)
            if im.mode.startswith('I'):
                im = im.convert('I').point(lambda v: v / 257).convert('L')
            if icc and im.mode in ('RGB', 'CMYK'):
                im = ImageCms.profileToProfile(
                    im, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile('sRGB'),
                    outputMode='RGB', renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
            im = im.convert('RGBA')
            white = Image.new('RGBA', im.size, (255, 255, 255, 255))
            return Image.alpha_composite(white, im).convert('RGB')

        def psnr(a, b):
            squares = ImageStat.Stat(ImageChops.difference(a, b)).sum2
            mean = sum(squares) / (3 * a.width * a.height)
            return 99 if mean == 0 else 10 * math.log10(65025 / mean)

        def srgb():
            return ImageCms.ImageCmsProfile(ImageCms.createProfile('sRGB')).tobytes()

        def photo(width, height):
            # Smooth colours with edges in them, and no side like another.
            im = Image.new('RGB', (width, height))
            im.putdata([(255 * x // width, 255 * y // height, 255 * (x + y) // (width + height))
                        for y in range(height) for x in range(width)])
            draw = ImageDraw.Draw(im)
            draw.ellipse([width // 8, height // 8, width // 2, height // 2], fill=(250, 240, 20))
            draw.rectangle([width // 2, height * 3 // 5, width * 7 // 8, height * 7 // 8],
                           fill=(20, 40, 200))
            return im


        """
}
