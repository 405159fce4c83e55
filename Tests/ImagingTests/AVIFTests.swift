import Foundation
import Imaging
import Rendition
import TestSupport
import Testing

extension ImagingTests {
    /// The boxes are ours; libavif judges them.
    @Suite(
        .enabled(
            if: Pillow.isAvailable
                && FileManager.default.isExecutableFile(atPath: "/usr/bin/avifdec"),
            "needs Debian's python3-pil and libavif-bin"))
    struct AVIFTests {
        @Test(arguments: [
            ("L", 60 as UInt8, "YUV400 Absent"), ("LA", 60, "YUV400 Not premultiplied"),
            ("RGB", 60, "YUV420 Absent"), ("RGBA", 60, "YUV420 Not premultiplied"),
            ("RGB", 95, "YUV444 Absent"), ("RGBA", 95, "YUV444 Not premultiplied"),
        ])
        func pictureIsWhatWasGiven(mode: String, quality: UInt8, kind: String) throws {
            let scratch = try Scratch()
            let script = """
                im = photo(163, 121).convert(args[1])
                if args[1].endswith('A'):
                    im.putalpha(Image.linear_gradient('L').resize(im.size))
                im.save(args[0])
                """
            try Pillow.run(script, [scratch.path("a.png"), mode])
            var recipe = Recipe(width: 0, height: 0, format: .explicit(.avif))
            recipe.quality = quality
            let path = try scratch.render("a.png", recipe)
            #expect(try Self.described(path) == "163x121 " + kind)
            let decoded = scratch.path("decoded.png")
            let judge = """
                import subprocess
                subprocess.run(['avifdec', args[1], args[2]], check=True, capture_output=True)
                alphas = [Image.open(path).convert('RGBA').getchannel('A')
                          for path in (args[0], args[2])]
                print(psnr(load(args[0]), load(args[2])), psnr(*(a.convert('RGB') for a in alphas)))
                """
            let ratios = try Pillow.run(judge, [scratch.path("a.png"), path, decoded])
                .split(separator: " ").compactMap { Double($0) }
            try #require(ratios.count == 2)
            #expect(ratios[0] > 30 && ratios[1] > 40, "\(ratios) dB")
            #expect(try Files.bytes(path) == Files.bytes(scratch.render("a.png", recipe)))
        }

        /// Size, chroma and alpha, by libavif.
        private static func described(_ path: String) throws -> String {
            let script = """
                import re, subprocess
                said = subprocess.run(['avifdec', '--info', args[0]], check=True,
                                      capture_output=True, text=True).stdout
                print(*(re.search(r'\\* ' + name + r' *: (.*)', said)[1]
                        for name in ('Resolution', 'Format', 'Alpha')))
                """
            return try Pillow.run(script, [path])
        }
    }
}
