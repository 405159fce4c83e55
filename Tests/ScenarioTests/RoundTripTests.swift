import Foundation
import TestSupport
import Testing

/// Real photos in, renditions out, judged by decoders that are not ours.
@Suite struct RoundTripTests {
    @Test(arguments: Photos.all)
    func everyPhotoComesBackWholeAndLooksRightAtEverySize(photo: String) throws {
        let edge = try Edge()
        let original = try Photos.bytes(photo)
        let type = photo.hasSuffix(".png") ? "image/png" : "image/jpeg"
        let hash = try edge.upload(original, type: type)
        #expect(try edge.ask("/originals/\(hash)").content == original)
        let boxes = [(200, 200, "jpg"), (512, 384, "jpg"), (301, 999, "png"), (400, 400, "webp")]
        var cases: [(String, String, Int, Int)] = []
        for (width, height, ending) in boxes {
            let answer = try edge.ask("/thumbs/\(width)x\(height)/\(hash).\(ending)")
            try #require(answer.status == 200, "\(answer)")
            let file = "\(edge.folder.path)/made-\(width).\(ending)"
            #expect(FileManager.default.createFile(atPath: file, contents: Data(answer.content)))
            cases.append((photo, file, width, height))
        }
        let problems = try Picture.problems(cases)
        #expect(problems.isEmpty, "\(problems)")
    }

    @Test(arguments: [
        ("jpg", "/usr/bin/djpeg", ["-pnm"]),
        ("webp", "/usr/bin/dwebp", ["-quiet", "-ppm", "-o", "-"]),
    ])
    func otherDecodersTakeOurFiles(ending: String, decoder: String, arguments: [String]) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.one())
        let answer = try edge.ask("/thumbs/160x160/\(hash).\(ending)")
        let file = "\(edge.folder.path)/made.\(ending)"
        #expect(FileManager.default.createFile(atPath: file, contents: Data(answer.content)))
        let decoded = try run(decoder, arguments + (ending == "webp" ? ["--", file] : [file]))
        #expect(decoded.status == 0)
        #expect(decoded.output.starts(with: Array("P6".utf8)), "\(decoded.output.prefix(200))")
    }

    @Test(arguments: [
        ("100x100", "fit=cover", 100, 100), ("100x100", "fit=contain", 100, 100),
        ("100x40", "fit=fill", 100, 40), ("100x100", "fit=outside", 133, 100),
        ("100x100", "", 100, 75), ("100x", "", 100, 75), ("x90", "", 120, 90),
        ("50x50", "dpr=2", 100, 75), ("1000x1000", "", 320, 240),
        ("640x640", "enlarge=1", 640, 480),
    ])
    func theSizeIsWhatTheRecipeSays(
        box: String, options: String, width: Int, height: Int
    ) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let query = options.isEmpty ? "" : "?\(options)"
        let answer = try edge.ask("/thumbs/\(box)/\(hash).png\(query)")
        try #require(answer.status == 200, "\(answer)")
        // IHDR: width and height stand at bytes 16 and 20.
        func number(_ at: Int) -> Int {
            answer.content[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(number(16) == width && number(20) == height)
    }
}
