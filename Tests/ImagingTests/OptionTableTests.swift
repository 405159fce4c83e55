import Foundation
import Imaging
import Rendition
import TestSupport
import Testing

extension ImagingTests {
    /// Every option on every kind of picture, and every kind in every format: sizes and colours of
    /// known places, as decoders see them that are not ours.
    @Suite(
        .enabled(if: Pillow.isAvailable, "needs Debian's python3-pil"),
        .enabled(
            if: ["heif-enc", "heif-convert", "cjxl", "djxl"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)")
            }, "needs Debian's libheif-examples and libjxl-tools"))
    struct OptionTableTests {
        typealias Kind = TablePictures.Kind

        @Test(arguments: TablePictures.kinds)
        func everyOptionOnEveryKind(kind: Kind) throws {
            // libwebp smooths colours, which are there at half the size: edges are not where they
            // were, and softer.
            let rows = OptionTable.rows.filter {
                kind.name != "lossy.webp" || $0.scene != .framed && !$0.url.contains("sharpen")
            }
            let problems = try Self.problems(of: kind, rows.map { ($0, .png, false) })
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        }

        @Test(arguments: OutputFormat.allCases.filter { $0 != .png })
        func everyKindInEveryFormat(format: OutputFormat) throws {
            let rows = [
                OptionRow("120x", 120, 80, "RGBY"),
                .init(
                    "120x120?fit=contain&background=ff8800&quality=90&rotate=90", 120, 120,
                    "9,60 #; 40,30 B; 80,30 R; 40,90 Y; 80,90 G; 111,60 #"),
            ]
            var problems: [String] = []
            for kind in TablePictures.kinds {
                problems += try Self.problems(of: kind, rows.map { ($0, format, false) })
            }
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        }

        /// Each frame is treated as a picture of its own would be.
        @Test(arguments: ["film.gif", "film.webp"], [OutputFormat.gif, .webp])
        func everyOptionOnEveryFrame(name: String, format: OutputFormat) throws {
            let problems = try Self.problems(
                of: Kind(name: name, tolerance: 24),
                OptionTable.rows.filter { $0.scene != .subject && !$0.points.contains("h;") }
                    .map { ($0, format, true) })
            #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        }
    }
}

extension ImagingTests.OptionTableTests {
    private static let hash = String(repeating: "0", count: 64)
    private static let mark = ShortName(Array("mark".utf8).span)

    /// The recipe as the edge would have it from a URL.
    private static func recipe(
        _ row: OptionRow, _ format: OutputFormat, isAnimated: Bool
    ) throws -> Recipe {
        let parts = row.url.split(separator: "?")
        let path = parts[0] == "optimized" ? "/optimized" : "/thumbs/\(parts[0])"
        var options = parts.dropFirst().joined()
        if isAnimated { options += options.isEmpty ? "animated=1" : "&animated=1" }
        let query = options.isEmpty ? "" : "?" + options
        let target = Array("\(path)/\(hash).\(format.fileExtension)\(query)".utf8)
        let watermark = Watermark(
            name: try #require(mark), placement: placement,
            content: ContentHash(bytes: .init(repeating: 0)))
        let policy = RenditionPolicy(watermarks: [watermark])
        return try RenditionRequest.parse(target: target.span, policy: policy).recipe
            .normalized(limits: policy.limits)
    }

    private static var placement: Watermark.Placement {
        var placement = Watermark.Placement()
        placement.scale = 250
        return placement
    }

    /// What is not as the rows say, in words.
    static func problems(
        of kind: Kind, _ cases: [(row: OptionRow, format: OutputFormat, isAnimated: Bool)]
    ) throws -> [String] {
        let made = try TablePictures.made.get()
        let colors = try #require(made.colors[kind.name])
        let overlay = try Studio.overlay(made.mark, placement)
        var problems: [String] = []
        var looked: [(expected: Expected, row: OptionRow, path: String)] = []
        for (number, (row, format, isAnimated)) in cases.enumerated() {
            let recipe = try recipe(row, format, isAnimated: isAnimated)
            let bytes = try Studio.render(
                made.bytes(kind, row.scene), recipe,
                overlay: recipe.watermark == 0 ? nil : overlay
            ).bytes
            if recipe.maxBytes != 0, bytes.count > Int(recipe.maxBytes) {
                problems.append("\(row.url): \(bytes.count) bytes")
            }
            let path = made.scratch.path("\(number).\(format.fileExtension)")
            try made.scratch.write(bytes, to: path)
            looked.append(
                (
                    Expected(row, colors, kind.tolerance, format, frames: isAnimated ? 2 : 1), row,
                    path
                ))
        }
        let seen = try Pillow.look(at: looked.map { ($0.path, $0.expected.places) })
        for ((expected, row, path), frames) in zip(looked, seen) {
            problems += expected.problems(with: frames).map {
                "\(kind.name) \(row.url) in \(path.split(separator: ".").last ?? ""): \($0)"
            }
        }
        return problems
    }
}
