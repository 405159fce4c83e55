internal import LinuxIO
internal import Originals
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
    let files: [File]
    var byteCount: Int { files.reduce(0) { $0 + $1.byteCount } }

    init(below root: String) throws(CommandFailure) {
        self.root = root
        var files: [File] = []
        do throws(SystemError) {
            let directory = try Directory(existing: root)
            try OriginalPlace.forEach(in: directory) { place in
                let path = "\(root)/\(place.file)"
                let status = try? FileStatus.of(path: path, followsLink: false)
                files.append(
                    File(hash: place.hash, path: path, byteCount: status?.byteCount ?? 0))
                return true
            }
        } catch { throw .failed("\(root): \(error)") }
        self.files = files
    }

    func isThere(_ hash: ContentHash) -> Bool {
        (try? FileStatus.of(path: "\(root)/\(OriginalPlace(hash).file)")) != nil
    }

    /// Whether it is there, and not so young that it may be on its way into the index.
    func isSettled(_ file: File) -> Bool {
        guard let status = try? FileStatus.of(path: file.path, followsLink: false)
        else { return false }
        return status.modifiedSeconds < Clock.wallSeconds() - 60
    }
}
