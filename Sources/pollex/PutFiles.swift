internal import Foundation

/// The files that words on the command line stand for.
struct PutFiles {
    struct File: Sendable {
        let path: String
        let byteCount: Int
    }

    private(set) var files: [File] = []
    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    /// Folders with all below them, in the order of names. Hidden files, links and what is no
    /// regular file are left out, unless they are named themselves.
    init(_ paths: [String]) throws(CommandFailure) {
        for path in paths {
            guard let type = Self.attributes(of: path)?[.type] as? FileAttributeType else {
                throw .failed("\(path): there is no such file")
            }
            if type == .typeDirectory {
                try addFolder(path)
            } else {
                add(URL(fileURLWithPath: path).resolvingSymlinksInPath().path, shownAs: path)
            }
        }
    }

    private mutating func addFolder(_ path: String) throws(CommandFailure) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .failed("\(path): the folder can not be read")
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            let inner = path.hasSuffix("/") ? "\(path)\(name)" : "\(path)/\(name)"
            switch Self.attributes(of: inner)?[.type] as? FileAttributeType {
            case .typeDirectory?: try addFolder(inner)
            case .typeRegular?: add(inner, shownAs: inner)
            default: continue
            }
        }
    }

    private mutating func add(_ path: String, shownAs shown: String) {
        let byteCount = Self.attributes(of: path)?[.size] as? Int ?? 0
        files.append(File(path: shown, byteCount: byteCount))
    }

    private static func attributes(of path: String) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: path)
    }
}
