import Foundation
import Testing

/// Real photos where the machine has them, and small pictures made by Pillow.
enum Photos {
    /// Debian's mate-backgrounds, and more where they lie beside the project.
    static let all: [String] = {
        let folders = [
            "/usr/share/backgrounds/mate/nature", "/usr/share/backgrounds/mate/abstract",
            root.appending(path: "../shared/photos").standardized.path,
        ]
        // Without a decoder to be trusted as reference: press colours, 16 bit, wide gamut HLG.
        let excluded = ["cmyk.jpg", "room16.png", "earth-anim.gif"]
        return folders.flatMap { folder in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            return names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
                .filter { !excluded.contains($0) }.sorted().map { "\(folder)/\($0)" }
        }
    }()

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func isBeside(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).standardized.path)
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// A JPEG photo of a few hundred kilobytes.
    static func one() throws -> [UInt8] {
        try bytes(try #require(all.first { $0.hasSuffix("Aqua.jpg") } ?? all.first))
    }

    private static let plain = Result { try pillow("jpeg", size: (320, 240)) }

    /// A small JPEG; every number is another file, the picture stays the same.
    static func small(_ number: Int) throws -> [UInt8] {
        let base = try plain.get()
        // A comment segment (ITU T.81 §B.2.4.5) straight after the start marker.
        let text = Array("number \(number)".utf8)
        let segment: [UInt8] = [0xFF, 0xFE, 0, UInt8(text.count + 2)] + text
        return Array(base[..<2]) + segment + Array(base[2...])
    }

    /// 1200 x 800 pixels in the middle of 2400 x 1600, of which the rest is white.
    static func framed() throws -> [UInt8] {
        let script = """
            import sys; from PIL import Image
            image = Image.new('RGB', (2400, 1600), 'white')
            image.paste(Image.radial_gradient('L').resize((1200, 800)).point(lambda v: v // 2),
                        (600, 400))
            image.save(sys.stdout.buffer, 'JPEG', quality=90)
            """
        return try run("/usr/bin/python3", ["-c", script]).output
    }

    /// A gradient with some detail, made by Pillow.
    static func pillow(
        _ format: String, mode: String = "RGB", size: (width: Int, height: Int)
    ) throws -> [UInt8] {
        let script = """
            import sys; from PIL import Image
            w, h = \(size.width), \(size.height)
            g = Image.linear_gradient('L').resize((w, h))
            r = Image.radial_gradient('L').resize((w, h))
            bands = [g, r, g.rotate(180), r]
            image = Image.merge('\(mode)', bands[:len('\(mode)')])
            image.save(sys.stdout.buffer, '\(format)')
            """
        return try run("/usr/bin/python3", ["-c", script]).output
    }
}

/// Runs a program to its end.
func run(
    _ path: String, _ arguments: [String], input: [UInt8] = []
) throws -> (status: Int32, output: [UInt8]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (output, inputPipe) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = output
    process.standardInput = input.isEmpty ? FileHandle.nullDevice : inputPipe
    try process.run()
    if !input.isEmpty {
        Thread.detachNewThread {
            try? inputPipe.fileHandleForWriting.write(contentsOf: input)
            try? inputPipe.fileHandleForWriting.close()
        }
    }
    let bytes = Array(output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return (process.terminationStatus, bytes)
}
