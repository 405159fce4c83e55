package import Digest
package import LinuxIO

extension SHA256Digest {
    /// Of a whole file, a piece at a time.
    package init(ofFile descriptor: CInt) throws(SystemError) {
        var hasher = SHA256Hasher()
        var offset = 0
        while true {
            let piece = try Files.read(descriptor, offset: offset, byteCount: 1 << 20)
            if piece.isEmpty { break }
            hasher.update(piece.span)
            offset += piece.count
        }
        self = hasher.finish()
    }
}
