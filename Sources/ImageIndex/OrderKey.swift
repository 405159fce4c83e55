internal import Rendition

/// A place in the order of images, by time, among equals by hash. As bytes it sorts so, oldest
/// first: what comes in goes to the end of its tables, where pages are full and few. Listings walk
/// back.
struct OrderKey: Equatable {
    static let byteCount = 40

    let uploadedAt: Int64
    let hash: ContentHash

    var bytes: [UInt8] { Self.timeBytes(uploadedAt) + hash.byteArray }

    init(uploadedAt: Int64, hash: ContentHash) {
        (self.uploadedAt, self.hash) = (uploadedAt, hash)
    }

    init(_ document: ImageDocument) {
        self.init(uploadedAt: document.uploadedAt, hash: document.hash)
    }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount,
            let hash = ContentHash(raw: bytes.extracting(last: ContentHash.byteCount))
        else { return nil }
        uploadedAt = Int64(bitPattern: UInt64(sortable: bytes) ^ Self.sign)
        self.hash = hash
    }

    /// Above every key of an earlier time, below every key of this one or later.
    static func timeBytes(_ uploadedAt: Int64) -> [UInt8] {
        (UInt64(bitPattern: uploadedAt) ^ sign).sortableBytes
    }

    /// Turned, so that numbers sort as unsigned ones.
    private static let sign: UInt64 = 1 << 63
}

extension ContentHash {
    var byteArray: [UInt8] { bytes.indices.map { bytes[$0] } }
}
