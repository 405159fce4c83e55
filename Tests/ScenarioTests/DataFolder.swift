import Foundation

/// A folder of the edge's data that goes away with the test.
final class DataFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "pollex-scenario-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// All regular files below it, relative, that are not a database's own.
    var storedFiles: [String] {
        let found = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        return found.filter { name in
            var isDirectory: ObjCBool = false
            let whole = "\(path)/\(name)"
            guard unsafe FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory)
            else { return false }
            let databaseNames = ["data.mdb", "lock.mdb", "lock", "LOCK"]
            return !isDirectory.boolValue && !databaseNames.contains { name.hasSuffix($0) }
        }.sorted()
    }
}
