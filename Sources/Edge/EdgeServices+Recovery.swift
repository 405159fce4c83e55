internal import ImageIndex
internal import Ingest
package import LinuxIO
package import Rendition

extension EdgeServices {
    /// Enters an original that the index has lost, as if it were uploaded again, of the time at
    /// which it was stored. Why it is not entered, if so. Blocks on the disk.
    ///
    /// - Parameter storedAt: in seconds since 1970.
    package func enterAgain(
        _ hash: ContentHash, from file: SharedDescriptor, storedAt: Int64
    ) async -> String? {
        var upload = Ingest.Upload(byteLimit: .max)
        upload.expectedHash = hash
        upload.uploadedAt = storedAt * 1_000_000
        var offset = 0
        do throws(UploadError) {
            _ = try await ingest.take(upload) {
                let piece = try Files.read(file.rawValue, offset: offset, byteCount: 1 << 20)
                offset += piece.count
                return piece.isEmpty ? nil : piece
            }
            return nil
        } catch {
            return if case .refused(_, let verdict) = error { verdict.detail } else { "\(error)" }
        }
    }
}
