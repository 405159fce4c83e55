internal import Rendition

/// Where a record lies in its generation, little-endian in the generation's index:
///
///     0 key (48) | 48 offset in 16 bytes | 52 record's bytes | 56 check of the 56 bytes before |
///     64 flags: 1 = purged
struct IndexEntry {
    static let byteCount = 72
    static let flagsOffset = 64
    static let purgedFlag: UInt32 = 1

    let key: RenditionKey
    let offset: Int
    let recordByteCount: Int
    let isPurged: Bool

    init(key: RenditionKey, offset: Int, recordByteCount: Int) {
        self.key = key
        self.offset = offset
        self.recordByteCount = recordByteCount
        isPurged = false
    }

    enum Parsed {
        case entry(IndexEntry)
        /// Never written, or torn by a kill.
        case empty
        case damaged
        case unreadable
    }

    /// - Parameter isTrusted: the entry's check was made before, by this process.
    static func parse(_ bytes: RawSpan, isTrusted: Bool) -> Parsed {
        precondition(bytes.byteCount == byteCount)
        let check = bytes.integer(at: 56, as: UInt64.self)
        // A killed process's write ends at a page, which may be in the middle of an entry.
        if check == 0 { return .empty }
        if !isTrusted, check != Self.check(bytes) { return .damaged }
        return .entry(IndexEntry(bytes))
    }

    private init(_ bytes: RawSpan) {
        key = RenditionKey(
            original: ContentHash(bytes: bytes.bytes32(at: 0)), digest: bytes.bytes16(at: 32))
        offset = Int(bytes.integer(at: 48, as: UInt32.self)) * Record.alignment
        recordByteCount = Int(bytes.integer(at: 52, as: UInt32.self))
        isPurged = bytes.integer(at: Self.flagsOffset, as: UInt32.self) & Self.purgedFlag != 0
    }

    func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(key.original.bytes)
        bytes.append(key.digest)
        bytes.append(littleEndian: UInt32(offset / Record.alignment))
        bytes.append(littleEndian: UInt32(recordByteCount))
        let check = unsafe Self.check(bytes.span.extracting(start...).bytes)
        bytes.append(littleEndian: check)
        bytes.append(littleEndian: UInt64(0))
    }

    /// Tells a torn or rotten entry: a multiplication for each of its seven words (the step of
    /// wyhash). What it lets through is still held against the record's own digest.
    private static func check(_ bytes: RawSpan) -> UInt64 {
        var sum: UInt64 = 0x9E37_79B9_7F4A_7C15
        for word in 0..<7 {
            let mixed = sum ^ bytes.integer(at: 8 * word, as: UInt64.self)
            let product = mixed.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
            sum = product.high ^ product.low &+ UInt64(word)
        }
        return sum
    }
}
