import Foundation
import Imaging
import Rendition
import TestSupport
import Testing
import WorkerLink

/// Everything that calls libvips in this process, one test after the other: its error buffer is the
/// process's, and a worker has one job at a time.
@Suite(.serialized) struct ImagingTests {}

/// The renderer as a test wants it: files in, files out.
enum Studio {
    static let limits = JobLimits(inputTypes: EnumSet(ImageType.allCases))
    private static let started: Result<Void, ImagingError> = Result { () throws(ImagingError) in
        try Imaging.start()
    }

    static func facts(
        _ bytes: [UInt8], limits: JobLimits = Studio.limits
    ) throws(ImagingError) -> ImageFacts {
        try started.get()
        return try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
            try unsafe Original(bytes, limits: limits).facts
        }
    }

    struct Made {
        let bytes: [UInt8]
        let format: OutputFormat
        let size: PixelSize
    }

    static func render(
        _ bytes: [UInt8], _ recipe: Recipe, limits: JobLimits = Studio.limits,
        overlay: DecodedOverlay? = nil, style: Style = Style()
    ) throws(ImagingError) -> Made {
        try started.get()
        return try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
            let original = try unsafe Original(bytes, limits: limits)
            var renderer = Renderer(limits: limits, style: style)
            renderer.overlay = overlay
            let image = try renderer.render(original, recipe)
            let made = image.withBytes { unsafe $0.withUnsafeBytes { unsafe Array($0) } }
            return Made(bytes: made, format: image.format, size: image.size)
        }
    }
}

extension Studio {
    static func overlay(
        _ bytes: [UInt8], _ placement: Watermark.Placement
    ) throws(ImagingError) -> DecodedOverlay {
        try started.get()
        return try unsafe bytes.span.withUnsafeBytes { bytes throws(ImagingError) in
            try unsafe DecodedOverlay(Original(bytes, limits: limits), placement: placement)
        }
    }
}

extension Scratch {
    func bytes(_ name: String) throws -> [UInt8] { try Files.bytes(path(name)) }

    /// Renders file `name` and keeps the result beside it; its path.
    func render(
        _ name: String, _ recipe: Recipe, overlay: DecodedOverlay? = nil, style: Style = Style()
    ) throws -> String {
        let made = try Studio.render(bytes(name), recipe, overlay: overlay, style: style)
        let target = path("out-\(UUID().uuidString).\(made.format.fileExtension)")
        try Data(made.bytes).write(to: URL(filePath: target))
        return target
    }
}

enum Files {
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    static func list(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }
    }

    /// Of Debian, on this machine.
    static func isProgram(_ name: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "/usr/bin/" + name)
    }

    /// What lies beside the package on some machines, and is not part of it.
    static let shared: String = {
        let package = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared")
            .path(percentEncoded: false)
    }()

    /// Real photographs: Debian's `mate-backgrounds`, and those beside the package.
    static let photos: [String] = {
        let found = list("/usr/share/backgrounds/mate/nature") + list(shared + "/photos")
        return found.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
    }()
}

extension Recipe {
    static func box(
        _ width: UInt16, _ height: UInt16, _ fit: Fit = .inside,
        _ format: FormatChoice = .explicit(.png)
    ) -> Recipe {
        Recipe(width: width, height: height, fit: fit, format: format)
    }

    func with(_ change: (inout Recipe) -> Void) -> Recipe {
        var recipe = self
        change(&recipe)
        return recipe
    }
}

extension Scratch {
    func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }
}
