internal import Coding
internal import Digest
internal import LinuxIO
internal import Rendition

/// One file of the cache, of fixed size:
///
///     0 header, one page | records, upwards … room … index entries, downwards | end
///
/// Where bytes were written they are never rewritten, but for the flags of index entries; so the
/// map may be lent to sockets. This is the part that readers share; `GenerationWriter` has the
/// rest.
@safe final class Generation: Sendable {
    static let dataOffset = 4096
    static let suffix = ".generation"
    private static let magic: UInt64 = 0x3158_454C_4C4F_5021  // "!POLLEX1"
    private static let version: UInt32 = 1

    /// Rises from generation to generation, in all rows.
    let number: UInt64
    let row: Row
    let tag: Int
    let file: MappedFile
    /// The system's run in which it was last written: what a killed process wrote is whole, what a
    /// fallen system wrote need not be.
    let boot: SIMD16<UInt8>

    static func name(_ number: UInt64) -> String {
        Hex.text(number, digits: 16) + suffix
    }

    static func number(fromName name: String) -> UInt64? {
        guard name.utf8.reversed().starts(with: suffix.utf8.reversed()),
            name.utf8.count == 16 + suffix.utf8.count,
            let number = UInt64(name.dropLast(suffix.count), radix: 16), Self.name(number) == name
        else { return nil }
        return number
    }

    init(
        creatingIn directory: String, number: UInt64, row: Row, tag: Int, byteCount: Int,
        boot: SIMD16<UInt8>
    ) throws(SystemError) {
        let path = directory + "/" + Self.name(number)
        file = try MappedFile(creating: path, byteCount: byteCount)
        (self.number, self.row, self.tag, self.boot) = (number, row, tag, boot)
        var header: [UInt8] = []
        header.append(littleEndian: Self.magic)
        header.append(littleEndian: Self.version)
        header.append(littleEndian: UInt32(row.rawValue))
        header.append(littleEndian: number)
        header.append(littleEndian: UInt64(byteCount))
        header.append(boot)
        header.append(SHA256Digest(of: header).bytes)
        try file.write(header, at: 0)
    }

    enum Opened {
        case generation(Generation)
        /// Killed while it was made.
        case unfinished
        /// Not a generation of this version, cut short or damaged in its header.
        case damaged
    }

    static func open(
        in directory: String, number: UInt64, tag: Int
    ) throws(SystemError) -> Opened {
        let file = try MappedFile(opening: directory + "/" + name(number))
        if file.byteCount == 0 { return .unfinished }
        guard file.byteCount >= dataOffset else { return .damaged }
        let opened = file.withCopy(of: 0..<80) { bytes -> Opened in
            if (0..<10).allSatisfy({ bytes.integer(at: 8 * $0, as: UInt64.self) == 0 }) {
                return .unfinished
            }
            let isWhole =
                bytes.integer(at: 0, as: UInt64.self) == magic
                && bytes.integer(at: 8, as: UInt32.self) == version
                && bytes.integer(at: 16, as: UInt64.self) == number
                && bytes.integer(at: 24, as: UInt64.self) == UInt64(file.byteCount)
            var hasher = SHA256Hasher()
            hasher.update(bytes.extracting(first: 48))
            let rowNumber = UInt8(truncatingIfNeeded: bytes.integer(at: 12, as: UInt32.self))
            guard isWhole, hasher.finish().bytes == bytes.bytes32(at: 48),
                let row = Row(rawValue: rowNumber)
            else { return .damaged }
            let boot = bytes.bytes16(at: 32)
            return .generation(
                Generation(file: file, number: number, row: row, tag: tag, boot: boot))
        }
        return opened ?? .damaged
    }

    private init(file: MappedFile, number: UInt64, row: Row, tag: Int, boot: SIMD16<UInt8>) {
        self.file = file
        (self.number, self.row, self.tag, self.boot) = (number, row, tag, boot)
    }

    /// Whether a record may lie at `offset` as long as said, with `indexCount` entries in the
    /// index.
    func canHold(offset: Int, recordByteCount: Int, indexCount: Int) -> Bool {
        offset >= Self.dataOffset && recordByteCount >= Record.headerByteCount
            && offset + recordByteCount <= file.byteCount - indexCount * IndexEntry.byteCount
    }

    /// Entry `number` of the index.
    func indexEntry(_ number: Int, isTrusted: Bool) -> IndexEntry.Parsed {
        file.withCopy(of: indexRange(number)) { IndexEntry.parse($0, isTrusted: isTrusted) }
            ?? .unreadable
    }

    /// Reads a record by a system call: its bytes, if they are as they were written.
    func intactRecord(_ key: RenditionKey, _ range: Range<Int>) -> Proof {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(
                file.rawDescriptor, offset: range.lowerBound, byteCount: range.count)
        } catch {
            return .unreadable
        }
        if bytes.count < range.count { return .unreadable }
        let span = unsafe bytes.span.bytes
        guard let record = Record(span, limit: range.count, key: key),
            record.byteCount == range.count, record.isIntact(span)
        else { return .damaged }
        return .intact(bytes, record)
    }

    enum Proof {
        case intact([UInt8], Record)
        case damaged
        /// Nor will be what lies beside it, perhaps.
        case unreadable
    }

    func indexRange(_ number: Int) -> Range<Int> {
        let end = file.byteCount - number * IndexEntry.byteCount
        return end - IndexEntry.byteCount..<end
    }
}
