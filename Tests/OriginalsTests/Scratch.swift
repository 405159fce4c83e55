import Foundation

/// A directory of one test, gone with it.
final class Scratch {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/originals-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Every file below, by its path from here.
    func files() throws -> [String] {
        var files: [String] = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            let kind = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.type]
            if kind as? FileAttributeType != .typeDirectory { files.append(name) }
        }
        return files.sorted()
    }
}
