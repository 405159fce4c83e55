import Foundation
import TestSupport
import Testing

/// Types that only a configuration lets in, decoded behind the walls.
@Suite struct OptionalTypeTests {
    @Test(arguments: ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"])
    func tiffIsServedWhereItIsEnabled(compression: String) throws {
        let script = """
            import sys; from PIL import Image
            Image.open(sys.argv[1]).save(sys.argv[2], compression='\(compression)')
            """
        let tiff = try Self.encoded("/usr/bin/python3", ["-c", script], "tiff")
        try serve(tiff, "image/tiff")
        guard compression == "raw" else { return }
        try Edge().ask("POST", "/images", body: tiff).expectProblem(415)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/heif-enc")))
    func heicIsServedWhereItIsEnabled() throws {
        try serve(try Self.encoded("/usr/bin/heif-enc", [], "heic", target: "-o"), "image/heic")
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cjxl")))
    func jpegXLIsServedWhereItIsEnabled() throws {
        try serve(try Self.encoded("/usr/bin/cjxl", [], "jxl"), "image/jxl")
    }

    private func serve(_ bytes: [UInt8], _ type: String) throws {
        let edge = try Edge(settings: ["LIMITS_INPUT_TYPES": "jpeg,tiff,heic,jxl"])
        let hash = try edge.upload(bytes)
        let document = try edge.ask("/images/\(hash)").object
        #expect(document["type"] as? String == type)
        #expect(document["width"] as? Int == 90 && document["height"] as? Int == 60)
        let thumb = try edge.ask("/thumbs/30x/\(hash).png")
        #expect(thumb.status == 200, "\(thumb)")
        // Width and height in a PNG's first chunk.
        #expect(Array(thumb.content[16..<24]) == [0, 0, 0, 30, 0, 0, 0, 20])
        // Whole, and of the master where there is one.
        #expect(try edge.ask("/optimized/\(hash).webp").status == 200)
        #expect(try edge.total("pollex_worker_crashes_total") == 0)
        // Half of it is broken, and no more than that.
        let half = Array(bytes.prefix(bytes.count / 2))
        try edge.ask("POST", "/images", body: half).expectProblem(422)
        #expect(try edge.total("pollex_worker_crashes_total") == 0)
    }

    private static func encoded(
        _ program: String, _ arguments: [String], _ suffix: String, target flag: String? = nil
    ) throws -> [UInt8] {
        let folder = try Scratch()
        let (source, target) = (folder.path + "/a.png", folder.path + "/a." + suffix)
        try Data(try Photos.pillow("png", size: (90, 60))).write(to: URL(filePath: source))
        let ended = try run(program, arguments + [source] + [flag].compactMap { $0 } + [target])
        try #require(ended.status == 0, "\(String(decoding: ended.output, as: UTF8.self))")
        return try Photos.bytes(target)
    }
}
