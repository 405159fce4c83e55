import Foundation
import Glibc
import TestSupport

/// A folder on a file system of its own, of a size that can be filled.
final class SmallDisk {
    static let isPossible: Bool = (try? SmallDisk(megabytes: 1)) != nil

    let folder: Scratch

    /// - Parameter owner: whose it is, where that is not root.
    init(megabytes: Int, owner: uid_t = 0) throws {
        folder = try Scratch()
        let options = "size=\(megabytes)m,uid=\(owner)"
        guard unsafe mount("tmpfs", folder.path, "tmpfs", 0, options) == 0
        else { throw POSIXError(.EPERM) }
    }

    deinit { _ = unsafe umount2(folder.path, CInt(MNT_DETACH)) }
}
