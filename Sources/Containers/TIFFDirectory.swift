/// Numbers of a TIFF file, in its order (TIFF 6.0 §2).
struct TIFFNumbers {
    private let isLittle: Bool
    /// Of the file with offsets of eight bytes.
    let isBig: Bool

    init?(_ file: RawSpan) {
        isLittle = file.starts(with: "II")
        guard isLittle || file.starts(with: "MM") else { return nil }
        let version = isLittle ? file.littleEndian16(at: 2) : file.bigEndian16(at: 2)
        guard version == 42 || version == 43 else { return nil }
        isBig = version == 43
    }

    func number16(_ file: RawSpan, at offset: Int) -> UInt16? {
        isLittle ? file.littleEndian16(at: offset) : file.bigEndian16(at: offset)
    }

    func number32(_ file: RawSpan, at offset: Int) -> UInt32? {
        isLittle ? file.littleEndian32(at: offset) : file.bigEndian32(at: offset)
    }

    func number64(_ file: RawSpan, at offset: Int) -> UInt64? {
        file.bigEndian64(at: offset).map { isLittle ? $0.byteSwapped : $0 }
    }
}

/// The first directory of a TIFF file, which says all of its first picture (TIFF 6.0 §2).
///
/// libtiff compares each of its fields with all others, and what counts pages reads every further
/// directory and compares its place with those of all before.
package struct TIFFDirectory: Equatable, Sendable {
    package let fields: UInt64
    /// Where the offset of the next directory stands; `nil` where there is no other.
    package let next: Range<Int>?

    /// `nil` where there is none.
    package init?(_ file: RawSpan) {
        guard let order = TIFFNumbers(file) else { return nil }
        let isBig = order.isBig
        let place =
            isBig ? order.number64(file, at: 8) : order.number32(file, at: 4).map(UInt64.init)
        guard let place, place < UInt64(file.byteCount) else { return nil }
        let start = Int(place)
        let count =
            isBig
            ? order.number64(file, at: start) : order.number16(file, at: start).map(UInt64.init)
        guard let count else { return nil }
        fields = count
        // Of more there is no end in the file.
        guard count <= UInt64(file.byteCount) else {
            next = nil
            return
        }
        let end = start + (isBig ? 8 + 20 * Int(count) : 2 + 12 * Int(count))
        let size = isBig ? 8 : 4
        let isLast = (end..<end + size).allSatisfy { (file.byte(at: $0) ?? 0) == 0 }
        next = isLast || end + size > file.byteCount ? nil : end..<end + size
    }
}
