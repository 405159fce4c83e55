internal import LinuxIO
internal import Rendition

/// The originals on a disk by their file names, with no claim to the directory: an edge may be at
/// work in it.
struct StoredOriginals: Sendable {
    struct File: Sendable {
        let hash: ContentHash
        let path: String
        let byteCount: Int
    }

    private let root: String
    private(set) var files: [File] = []
    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    init(below root: String) throws(CommandFailure) {
        self.root = root
        for outer in try Self.names(in: root) where outer.utf8.count == 2 {
            for inner in try Self.names(in: "\(root)/\(outer)") {
                for name in try Self.names(in: "\(root)/\(outer)/\(inner)") {
                    guard let hash = ContentHash(hex: name) else { continue }
                    let path = "\(root)/\(outer)/\(inner)/\(name)"
                    let status = try? FileStatus.of(path: path, followsLink: false)
                    files.append(File(hash: hash, path: path, byteCount: status?.byteCount ?? 0))
                }
            }
        }
    }

    func isThere(_ hash: ContentHash) -> Bool {
        let hex = hash.hex
        let path = "\(root)/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))/\(hex)"
        return (try? FileStatus.of(path: path)) != nil
    }

    /// When it was stored, in seconds since 1970; `nil` when it is gone.
    func status(of file: File) -> Int64? {
        (try? FileStatus.of(path: file.path, followsLink: false))?.modifiedSeconds
    }

    private static func names(in folder: String) throws(CommandFailure) -> [String] {
        do throws(SystemError) { return try Directory(existing: folder).names() } catch {
            throw .failed("\(folder): \(error)")
        }
    }
}
