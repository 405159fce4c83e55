import Foundation
import Testing

/// What crops keep of photos by themselves: faces and text of given ones, where the machine has
/// them.
@Suite struct InterestTests {
    struct Subject: Sendable, CustomStringConvertible {
        let path: String
        /// Thousandths of the picture upright.
        let columns: ClosedRange<Int>
        let rows: ClosedRange<Int>
        /// `entropy` goes by detail alone, and leaves a calm face for a dress.
        var hasDetail = true

        var description: String { path }
        var file: String {
            path.hasPrefix("/")
                ? path : Photos.root.appending(path: "../shared/\(path)").standardized.path
        }
    }

    private static let backgrounds = "/usr/share/backgrounds/mate"
    private static let portrait =
        "corpora/images/icc/Giunchedi_2C_Filippo_January_2015_01-cmyk-orientation-exif.jpg"
    static let subjects = [
        // Faces, painted and small ones too.
        Subject(path: "photos/adobergb.jpg", columns: 400...620, rows: 120...320, hasDetail: false),
        Subject(path: "photos/cam10-exif6.jpg", columns: 520...600, rows: 470...560),
        Subject(path: "photos/cmyk.jpg", columns: 540...760, rows: 180...960),
        Subject(path: "photos/room16.png", columns: 395...510, rows: 310...590),
        Subject(path: portrait, columns: 480...870, rows: 380...620),
        // Text.
        Subject(path: "photos/iphone1.jpg", columns: 190...740, rows: 290...720),
        Subject(path: "photos/fall2-exif6.jpg", columns: 460...540, rows: 430...560),
        Subject(
            path: "\(backgrounds)/desktop/GreenTraditional.jpg", columns: 340...660,
            rows: 250...850),
        // What else a photo is of.
        Subject(path: "\(backgrounds)/nature/LadyBird.jpg", columns: 660...750, rows: 430...610),
        Subject(
            path: "\(backgrounds)/nature/Aqua.jpg", columns: 530...870, rows: 370...830,
            hasDetail: false),
    ].filter { FileManager.default.fileExists(atPath: $0.file) }

    @Test(arguments: subjects)
    func aSquareKeepsFacesAndText(subject: Subject) throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.bytes(subject.file))
        for gravity in ["attention"] + (subject.hasDetail ? ["entropy"] : []) {
            let box = try place(edge, hash, gravity)
            #expect(
                box.columns.contains(subject.columns) && box.rows.contains(subject.rows),
                "\(gravity): \(box)")
        }
    }

    /// Where the square lies in the whole: the one place where they are the same.
    private func place(
        _ edge: Edge, _ hash: String, _ gravity: String
    ) throws -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>) {
        let size = "/thumbs/150x150/\(hash).png?enlarge=1&fit="
        let whole = try edge.ask("\(size)outside").content
        let part = try edge.ask("\(size)cover&gravity=\(gravity)").content
        let script = """
            import io, sys; from PIL import Image, ImageChops
            read = lambda b: Image.open(io.BytesIO(b)).convert('RGB')
            files = sys.stdin.buffer.read()
            whole, part = read(files[:\(whole.count)]), read(files[\(whole.count):])
            (W, H), (w, h) = whole.size, part.size
            print(*[t for y in range(H - h + 1) for x in range(W - w + 1)
                if ImageChops.difference(whole.crop((x, y, x + w, y + h)), part).getbbox() is None
                for t in (x * 1000 // W, (x + w) * 1000 // W, y * 1000 // H, (y + h) * 1000 // H)])
            """
        let found = try run("/usr/bin/python3", ["-c", script], input: whole + part)
        let sides = String(decoding: found.output, as: UTF8.self)
            .split { $0.isWhitespace }.compactMap { Int($0) }
        try #require(sides.count == 4, "\(String(decoding: found.output, as: UTF8.self))")
        return (sides[0]...sides[1], sides[2]...sides[3])
    }
}
