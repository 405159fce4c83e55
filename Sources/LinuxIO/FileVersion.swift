internal import CLinux
internal import Glibc

/// Tells one state of a name's file from another: another file, or the same one changed.
package struct FileVersion: Equatable, Sendable {
    private let number: UInt64
    private let byteCount: Int64
    private let modified: SIMD2<Int64>
    private let changed: SIMD2<Int64>

    init(_ status: stat) {
        number = UInt64(status.st_ino)
        byteCount = Int64(status.st_size)
        modified = [Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec)]
        changed = [Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec)]
    }
}
