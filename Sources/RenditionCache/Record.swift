internal import Digest
internal import Rendition

/// One rendition as it lies in a generation, little-endian:
///
///     0 magic | 4 head's bytes | 8 body's bytes | 12 zero | 16 key (48) | 64 last modified |
///     72 flags (16) | 88 zero | 96 SHA-256 of the body | 128 SHA-256 of the 128 bytes before and
///     the head | 160 head | body
///
/// What proves a record lies in it, so it can be copied from one generation to another as it is.
struct Record {
    static let headerByteCount = 160
    /// Of what is copied to look a record up: so its head may not be longer than the rest of it.
    static let prefixByteCount = 4096
    static let maximumHeadByteCount = prefixByteCount - headerByteCount
    static let alignment = 16
    private static let magic: UInt32 = 0x3152_5850  // "PXR1"

    let headByteCount: Int
    let bodyByteCount: Int

    var byteCount: Int { Self.headerByteCount + headByteCount + bodyByteCount }

    /// Reads the record that begins `bytes`, which may break off behind the header; `nil` when
    /// there is none of this key. Proves nothing about what follows the key and the lengths:
    /// `isIntact` does.
    ///
    /// - Parameter limit: what there is room for, from the record's start to its generation's end.
    @inline(__always)
    init?(_ bytes: RawSpan, limit: Int, key: RenditionKey) {
        guard bytes.byteCount >= Self.headerByteCount,
            bytes.bytes16(at: 48) == key.digest, bytes.bytes32(at: 16) == key.original.bytes,
            bytes.integer(at: 0, as: UInt32.self) == Self.magic
        else { return nil }
        headByteCount = Int(bytes.integer(at: 4, as: UInt32.self))
        bodyByteCount = Int(bytes.integer(at: 8, as: UInt32.self))
        guard byteCount <= limit, headByteCount <= Self.maximumHeadByteCount else { return nil }
    }

    static func metadata(of record: RawSpan) -> EntryMetadata {
        EntryMetadata(
            lastModifiedSeconds: record.integer(at: 64, as: Int64.self),
            flags: record.bytes16(at: 72))
    }

    static func bodyDigest(of record: RawSpan) -> SHA256Digest {
        SHA256Digest(bytes: record.bytes32(at: 96))
    }

    /// Whether header and head are as they were written: all that is needed of the record.
    func hasIntactHead(_ record: RawSpan) -> Bool {
        var header = SHA256Hasher()
        header.update(record.extracting(first: 128))
        header.update(
            record.extracting(Self.headerByteCount..<Self.headerByteCount + headByteCount))
        return header.finish().bytes == record.bytes32(at: 128)
    }

    /// Whether every byte is as it was written. Cost: one SHA-256 over the record.
    func isIntact(_ record: RawSpan) -> Bool {
        guard hasIntactHead(record) else { return false }
        var body = SHA256Hasher()
        body.update(record.extracting(Self.headerByteCount + headByteCount..<byteCount))
        return body.finish() == Self.bodyDigest(of: record)
    }

    /// Appends all of a record but its body.
    static func append(
        to bytes: inout [UInt8], key: RenditionKey, head: [UInt8], bodyByteCount: Int,
        metadata: EntryMetadata, bodyDigest: SHA256Digest
    ) {
        let start = bytes.count
        bytes.append(littleEndian: magic)
        bytes.append(littleEndian: UInt32(head.count))
        bytes.append(littleEndian: UInt32(bodyByteCount))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(key.original.bytes)
        bytes.append(key.digest)
        bytes.append(littleEndian: metadata.lastModifiedSeconds)
        bytes.append(metadata.flags)
        bytes.append(littleEndian: UInt64(0))
        bytes.append(bodyDigest.bytes)
        var hasher = SHA256Hasher()
        hasher.update(bytes.span.extracting(start..<start + 128))
        hasher.update(head.span)
        bytes.append(hasher.finish().bytes)
        bytes.append(contentsOf: head)
    }
}
