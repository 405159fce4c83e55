internal import Rendition

/// A place in the order of listings: newest first, among equals by hash. As bytes it sorts so.
struct OrderKey: Equatable {
    static let byteCount = 40

    let uploadedAt: Int64
    let hash: ContentHash

    /// Later times are smaller numbers; the sign bit is turned so that they sort as unsigned.
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
        var inverted: UInt64 = 0
        for index in 0..<8 { inverted = inverted << 8 | UInt64(bytes[index]) }
        uploadedAt = Int64(bitPattern: ~inverted ^ 1 << 63)
        self.hash = hash
    }

    /// Below every key of this time or earlier, above every key of a later one.
    static func timeBytes(_ uploadedAt: Int64) -> [UInt8] {
        let inverted = ~(UInt64(bitPattern: uploadedAt) ^ 1 << 63)
        return (0..<8).map { UInt8(truncatingIfNeeded: inverted >> (56 - 8 * $0)) }
    }
}

extension ContentHash {
    var byteArray: [UInt8] { bytes.indices.map { bytes[$0] } }
}
