/// A box of an ISO base media file (ISO/IEC 14496-12 §4.2): its type and where its content lies.
struct Box {
    let type: UInt32
    let content: Range<Int>

    /// The boxes that lie in `range`, which lies in `bytes`; what is left over at the end or
    /// reaches beyond it is no box.
    ///
    /// Only so many: a file of nothing but empty boxes is not a picture.
    static func list(_ bytes: RawSpan, in range: Range<Int>) -> [Box] {
        var boxes: [Box] = []
        var offset = range.lowerBound
        while offset + 8 <= range.upperBound, boxes.count < most {
            guard let box = Box(bytes, at: offset, end: range.upperBound) else { break }
            boxes.append(box)
            offset = box.content.upperBound
        }
        return boxes
    }

    private static let most = 4096

    private init?(_ bytes: RawSpan, at offset: Int, end: Int) {
        guard let length = bytes.bigEndian32(at: offset),
            let type = bytes.bigEndian32(at: offset + 4)
        else { return nil }
        self.type = type
        switch length {
        case 0: content = offset + 8..<end
        case 1:
            guard let length = bytes.bigEndian64(at: offset + 8), length >= 16,
                length <= UInt64(end - offset)
            else { return nil }
            content = offset + 16..<offset + Int(length)
        default:
            guard length >= 8, Int(length) <= end - offset else { return nil }
            content = offset + 8..<offset + Int(length)
        }
    }

    func hasType(_ mark: StaticString) -> Bool { type == UInt32(letters: mark) }
}

extension UInt32 {
    /// Four letters.
    init(letters mark: StaticString) {
        self = mark.withUTF8Buffer { mark in
            mark.indices.reduce(0) { unsafe $0 << 8 | UInt32(mark[$1]) }
        }
    }
}

extension [Box] {
    func first(_ mark: StaticString) -> Box? { first { $0.hasType(mark) } }
}

/// Reads numbers one after the other out of a part of a file, which has to have them.
struct BoxReader {
    private(set) var offset: Int
    let end: Int

    init(_ range: Range<Int>) { (offset, end) = (range.lowerBound, range.upperBound) }

    /// Of 0, 1, 2, 3, 4 or 8 bytes.
    mutating func number(_ bytes: RawSpan, _ byteCount: Int) throws(ContainerError) -> UInt64 {
        let start = offset
        try skip(byteCount)
        return (start..<offset).reduce(0) { $0 << 8 | UInt64(bytes.byte(at: $1) ?? 0) }
    }

    mutating func integer(_ bytes: RawSpan, _ byteCount: Int) throws(ContainerError) -> Int {
        Int(truncatingIfNeeded: try number(bytes, byteCount))
    }

    mutating func skip(_ byteCount: Int) throws(ContainerError) {
        guard byteCount <= end - offset else { throw ContainerError("a box is cut off") }
        offset += byteCount
    }

    /// Version and flags of a full box.
    mutating func head(_ bytes: RawSpan) throws(ContainerError) -> (version: Int, flags: Int) {
        let word = try integer(bytes, 4)
        return (word >> 24, word & 0xff_ffff)
    }
}
