internal import Foundation

/// A folder of one test, gone with it.
package final class Scratch: Sendable {
    package let path: String

    package init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appending(path: "pollex-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Every file below, by its path from here, in order.
    package func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).filter { name in
            let kind = try FileManager.default.attributesOfItem(atPath: path(name))[.type]
            return kind as? FileAttributeType != .typeDirectory
        }.sorted()
    }
}
