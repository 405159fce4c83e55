import Foundation
import Glibc
import Rendition
import TestSupport
import Testing
import WorkerLink

@testable import Imaging

extension ImagingTests {
    @Suite(.enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
    struct EncodedFileTests {
        static let sizes = [(1, 1), (2, 3), (16, 17), (317, 233), (640, 400)]

        private static func size(_ bytes: [UInt8], _ format: OutputFormat) -> PixelSize? {
            unsafe EncodedFile.size(bytes.span.bytes, as: format)
        }

        /// Opaque and not, grey, coloured.
        private static let modes = ["RGB", "RGBA", "L", "LA"]

        private static func made(
            as format: OutputFormat, _ size: (width: Int, height: Int) = (640, 400),
            mode: String = "LA"
        ) throws -> Studio.Made {
            let scratch = try Scratch()
            let script = """
                im = photo(\(size.width), \(size.height))
                im.putalpha(im.convert('L')) if 'A' in '\(mode)' else None
                im.convert('\(mode)').save(args[0])
                """
            try Pillow.run(script, [scratch.path("a.png")])
            let recipe = Recipe.box(0, 0, .inside, .explicit(format))
            return try Studio.render(try scratch.bytes("a.png"), recipe)
        }

        @Test(arguments: OutputFormat.allCases)
        func whatOurEncodersMakeIsWhole(format: OutputFormat) throws {
            for (width, height) in Self.sizes {
                for mode in Self.modes {
                    let made = try Self.made(as: format, (width, height), mode: mode)
                    #expect(Self.size(made.bytes, format) == made.size)
                    for other in OutputFormat.allCases where other != format {
                        #expect(Self.size(made.bytes, other) == nil)
                    }
                }
            }
        }

        @Test(arguments: [OutputFormat.gif, .webp])
        func anAnimationIsOfTheSizeOfAFrame(format: OutputFormat) throws {
            let scratch = try Scratch()
            let script = """
                frames = [photo(120 + 0 * n, 90).rotate(30 * n) for n in range(4)]
                frames[0].save(args[0], save_all=True, append_images=frames[1:], duration=50)
                """
            try Pillow.run(script, [scratch.path("a.gif")])
            let recipe = Recipe.box(60, 0, .inside, .explicit(format)).with { $0.animated = true }
            let made = try Studio.render(try scratch.bytes("a.gif"), recipe)
            #expect(Self.size(made.bytes, format) == PixelSize(width: 60, height: 45))
        }

        /// What an encoder leaves behind that stops in between. A codestream of JPEG XL does not
        /// tell its length.
        @Test(arguments: OutputFormat.allCases.filter { $0 != .jxl })
        func whatIsCutOffIsNotWhole(format: OutputFormat) throws {
            let made = try Self.made(as: format)
            for count in stride(from: 0, to: made.bytes.count, by: max(1, made.bytes.count / 300)) {
                #expect(Self.size(Array(made.bytes.prefix(count)), format) == nil)
            }
            #expect(Self.size(made.bytes + [0], format) == nil || format == .avif)
        }

        /// As an AVIF whose encoder ended well and gave nothing.
        @Test func anAVIFWithoutDataIsNotWhole() throws {
            let made = try Self.made(as: .avif, (1, 1), mode: "RGB")
            var bytes = made.bytes
            let box = try #require(bytes.firstRange(of: Array("iloc".utf8)))
            // Behind version and sizes: count, then for each item its name, base and extents, of
            // which the last number is the length.
            for index in bytes.indices.dropFirst(box.upperBound + 8).prefix(12) {
                bytes[index] = 0
            }
            #expect(Self.size(made.bytes, .avif) != nil && Self.size(bytes, .avif) == nil)
        }

        /// Each byte of their heads in turn, and the one some way behind it with it.
        @Test(arguments: OutputFormat.allCases)
        func damagedFilesNeverTrap(format: OutputFormat) throws {
            let made = try Self.made(as: format)
            for place in 0..<min(made.bytes.count, 400) {
                for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                    var bytes = made.bytes
                    bytes[place] = value
                    if place % 2 == 0 { bytes[place * 7 % bytes.count] = ~value }
                    for other in OutputFormat.allCases { _ = Self.size(bytes, other) }
                }
            }
        }
    }
}

/// The real worker with ever less memory: somewhere the decoder has enough and the encoder has not.
@Suite(.serialized, .enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"))
struct ScarceMemoryTests {
    private static let isSanitized =
        CommandLine.arguments.contains {
            $0.contains(".build-address") || $0.contains(".build-thread")
        }

    private static func addressSpaceMegabytes(of pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)
        return try #require(text.split(separator: " ").first.flatMap { Int($0) }) / 256
    }

    @Test(.disabled(if: isSanitized), arguments: OutputFormat.allCases)
    func anEncoderWithoutMemoryMakesNoBrokenPicture(format: OutputFormat) throws {
        let scratch = try Scratch()
        let path = scratch.path("a.png")
        try Pillow.run("photo(1000, 800).save(args[0])", [path])
        let recipe = Recipe.box(0, 0, .inside, .explicit(format))
        let request = WorkerRequest.render(JobID(1), RenderJob(outputs: [recipe]))
        let idle = try WorkerProcess()
        let used = try withExtendedLifetime(idle) { try Self.addressSpaceMegabytes(of: idle.pid) }
        var (made, failed) = (0, 0)
        for more in [2, 4, 6, 8, 11, 14, 18, 24, 32, 48, 64, 96, 128, 1000] {
            let bytes = (used + more) << 20
            // Without memory it may not come up, or fall: both are told by its end.
            guard
                let worker = try? WorkerProcess(
                    environment: ["POLLEX_WORKER_MEMORY_BYTES=\(bytes)", "MALLOC_ARENA_MAX=1"]),
                let answer = try? worker.ask(request, about: path).first,
                case .rendered(_, let output) = answer.reply
            else {
                failed += 1
                continue
            }
            made += 1
            #expect(output.isWhole(answer.bytes))
            // All of it decodes, too.
            let again = try Studio.render(answer.bytes, .box(100, 0))
            #expect(again.size == PixelSize(width: 100, height: 80))
        }
        // The others need so little that a worker's first heap may do.
        #expect(made > 0 && (failed > 0 || format != .avif && format != .jxl))
    }
}
