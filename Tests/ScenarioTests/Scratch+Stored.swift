import Foundation
import TestSupport

extension Scratch {
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
