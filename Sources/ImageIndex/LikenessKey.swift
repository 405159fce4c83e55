internal import Rendition

// Multi-index hashing (Norouzi, Punjani, Fleet 2012): a perceptual hash is cut into four bands of
// 16 bits. Hashes that differ in at most 11 bits differ in at most 2 of some band, so it is enough
// to look at the 137 values about each band: 548 short ranges of keys, however many images there
// are.

/// One of the four entries of an image: band, its value, the three other words, and enough of the
/// content hash that nobody finds two alike.
struct LikenessKey: Equatable {
    static let bands = 0..<4
    static let byteCount = 3 + 6 + nameByteCount
    static let nameByteCount = 16
    /// The most for which two bits a band are enough.
    static let maximumDistance = 11

    let band: Int
    let perceptualHash: UInt64
    /// The first bytes of the content hash.
    let name: [UInt8]

    init(band: Int, perceptualHash: UInt64, hash: ContentHash) {
        (self.band, self.perceptualHash) = (band, perceptualHash)
        name = Array(hash.byteArray.prefix(Self.nameByteCount))
    }

    init?(_ bytes: Span<UInt8>) {
        guard bytes.count == Self.byteCount, Self.bands.contains(Int(bytes[0])) else { return nil }
        band = Int(bytes[0])
        perceptualHash = Self.perceptualHash(bytes)
        name = (Self.byteCount - Self.nameByteCount..<Self.byteCount).map { bytes[$0] }
    }

    var bytes: [UInt8] {
        let rotated = Self.rotated(perceptualHash, by: band)
        let words = (0..<8).map { UInt8(truncatingIfNeeded: rotated >> (56 - 8 * $0)) }
        return [UInt8(band)] + words + name
    }

    /// What all keys of a band with this value begin with.
    static func prefix(band: Int, value: UInt16) -> [UInt8] {
        [UInt8(band), UInt8(value >> 8), UInt8(value & 255)]
    }

    /// Of a key that is one. No allocation.
    static func perceptualHash(_ key: Span<UInt8>) -> UInt64 {
        var rotated: UInt64 = 0
        for index in 1...8 { rotated = rotated << 8 | UInt64(key[index]) }
        return Self.rotated(rotated, by: 4 - Int(key[0]))
    }

    static func value(of hash: UInt64, band: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: hash >> (48 - 16 * band))
    }

    /// The band's word comes first.
    private static func rotated(_ hash: UInt64, by band: Int) -> UInt64 {
        hash << (16 * band) | hash >> (64 - 16 * band)
    }

    static func all(of document: ImageDocument) -> [LikenessKey] {
        guard let hash = document.perceptualHash else { return [] }
        return bands.map {
            LikenessKey(band: $0, perceptualHash: hash, hash: document.hash)
        }
    }
}
