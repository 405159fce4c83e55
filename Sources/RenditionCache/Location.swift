/// One slot of the table, all that is kept in memory of an entry:
///
///     63…32 place in its generation, in 16 bytes | 31…22 generation's tag | 21…3 fingerprint |
///     2…1 hits, at most 3 | 0 digest verified since the process started
struct Location: Equatable {
    static let fingerprintMask: UInt64 = (1 << 19) - 1
    static let maximumTag = 1023
    static let maximumHits: UInt64 = 3
    /// What no generation may be larger than.
    static let maximumOffset = Int(UInt32.max) * Record.alignment

    let bits: UInt64

    init(bits: UInt64) { self.bits = bits }

    init(offset: Int, tag: Int, hash: KeyHash, hits: Int, isVerified: Bool) {
        assert(offset % Record.alignment == 0 && tag > 0 && tag <= Self.maximumTag)
        bits =
            UInt64(offset / Record.alignment) << 32 | UInt64(tag) << 22 | hash.fingerprint << 3
            | UInt64(hits) << 1 | (isVerified ? 1 : 0)
    }

    var offset: Int { Int(bits >> 32) * Record.alignment }
    var tag: Int { Int(bits >> 22) & Self.maximumTag }
    var fingerprint: UInt64 { bits >> 3 & Self.fingerprintMask }
    var hits: Int { Int(bits >> 1 & Self.maximumHits) }
    var isVerified: Bool { bits & 1 != 0 }

    /// No tag is zero, so these two are no entries.
    static let empty = Location(bits: 0)
    static let removed = Location(bits: 1)
    var isEntry: Bool { tag != 0 }

    /// Whether both say the same place, whatever was learnt about it since.
    func isSamePlace(as other: Location) -> Bool { (bits ^ other.bits) >> 22 == 0 }

    var withHit: Location { UInt64(hits) == Self.maximumHits ? self : Location(bits: bits + 2) }
    var verified: Location { Location(bits: bits | 1) }
}
