import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct AnimationTests {
        private static let film = """
            frames = [Image.new('RGB', (120, 80), (40 * i, 255 - 40 * i, 128)) for i in range(5)]
            for i, frame in enumerate(frames):
                ImageDraw.Draw(frame).rectangle([20 * i, 20, 20 * i + 15, 60], fill=(255, 255, 255))
            frames[0].save(args[0], save_all=True, append_images=frames[1:],
                           duration=[50, 60, 70, 80, 90], loop=3, lossless=True)
            """

        @Test(arguments: ["gif", "webp"], [OutputFormat.gif, .webp])
        func framesAreKeptOnRequest(name: String, format: OutputFormat) throws {
            let scratch = try Scratch()
            let source = scratch.path("a.\(name)")
            try Pillow.run(Self.film, [source])
            #expect(try Studio.facts(scratch.bytes("a.\(name)")).frames == 5)
            let recipe = Recipe.box(60, 60, .cover, .explicit(format)).with { $0.animated = true }
            let path = try scratch.render("a.\(name)", recipe)
            // Both show five frames of the recipe's size, in the same times.
            let script = """
                im = Image.open(args[0])
                print(*im.size, im.n_frames)
                for i in range(im.n_frames):
                    im.seek(i); im.load()
                    print(im.info.get('duration', 0))
                """
            let printed = try Pillow.run(script, [path]).split(separator: "\n")
            #expect(printed.first == "60 60 5")
            if format == .gif { #expect(printed.dropFirst() == ["50", "60", "70", "80", "90"]) }
        }

        /// What moves is in the picture: where to look is decided once, by the first frame.
        @Test(arguments: [Gravity.attention, .entropy])
        func theCameraStandsStill(gravity: Gravity) throws {
            let scratch = try Scratch()
            let script = """
                frames = [Image.new('RGB', (240, 80), (120, 120, 120)) for i in range(2)]
                for i, frame in enumerate(frames):
                    frame.paste((210, 50, 40), (170 - 160 * i, 10, 230 - 160 * i, 70))
                frames[0].save(args[0], save_all=True, append_images=frames[1:], lossless=True)
                """
            try Pillow.run(script, [scratch.path("a.webp")])
            let path = try scratch.render(
                "a.webp",
                Recipe.box(80, 80, .cover, .explicit(.webp)).with {
                    ($0.animated, $0.gravity) = (true, gravity)
                })
            let frames = try Pillow.look(at: [(path, [(40, 40)])])[0].frames
            try #require(frames.count == 2)
            #expect(frames[0][0][0] - frames[0][0][1] > 120 && frames[1][0][0] < 140, "\(frames)")
        }

        @Test(arguments: [(false, OutputFormat.webp), (true, .jpeg), (true, .png)])
        func elseTheFirstFrameIsShown(animated: Bool, format: OutputFormat) throws {
            let scratch = try Scratch()
            try Pillow.run(Self.film, [scratch.path("a.gif")])
            let recipe = Recipe.box(60, 60, .inside, .explicit(format)).with {
                $0.animated = animated
            }
            let path = try scratch.render("a.gif", recipe)
            #expect(
                try Pillow.run("print(getattr(Image.open(args[0]), 'n_frames', 1))", [path]) == "1")
            let pixel = try Pillow.pixels(path, at: [(80, 80)])[0]
            #expect(pixel[0] < 20 && pixel[1] > 240)
        }

        @Test func tooManyPixelsInAllFramesAreRefused() throws {
            let scratch = try Scratch()
            try Pillow.run(Self.film, [scratch.path("a.gif")])
            let limits = JobLimits(inputFramePixels: 5 * 120 * 80 - 1, inputTypes: [.gif])
            let bytes = try scratch.bytes("a.gif")
            let error = #expect(throws: ImagingError.self) {
                try Studio.facts(bytes, limits: limits)
            }
            #expect(error?.reason == .overFrames)
        }
    }
}
