/// The few fields of EXIF (CIPA DC-008 §4.6) that are made use of: how a picture is to be turned,
/// when it was taken, and whose it is.
///
/// Two directories are looked at, and each of their entries once: nothing that stands in a file
/// makes it more work than that. What follows every offset can be led in circles.
package struct EXIFFields: Equatable, Sendable {
    /// 1…8; `nil` where it is missing or says nothing.
    package private(set) var orientation: UInt8?
    /// `YYYY:MM:DD HH:MM:SS`.
    package private(set) var taken: String?
    package private(set) var artist: String?
    package private(set) var copyright: String?

    /// Longer texts are not read.
    package static let textBytes = 1024

    package init() {}

    /// Of the TIFF file that `range` of `bytes` holds; `Exif` and two zeroes may stand before it.
    package init(_ bytes: RawSpan, in range: Range<Int>) {
        let start = range.lowerBound + (bytes.matches("Exif\0\0", at: range.lowerBound) ? 6 : 0)
        guard start < range.upperBound else { return }
        let file = bytes.extracting(start..<range.upperBound)
        guard let order = TIFFNumbers(file), let first = order.number32(file, at: 4) else { return }
        var rest: UInt32?
        Self.forEachEntry(of: file, order, at: Int(first)) { entry in
            switch entry.tag {
            case 0x0112: orientation = orientation ?? entry.orientation(file, order)
            case 0x013B: artist = artist ?? entry.text(file, order)
            case 0x8298: copyright = copyright ?? entry.text(file, order)
            case 0x8769: rest = rest ?? order.number32(file, at: entry.value)
            default: break
            }
        }
        guard let rest else { return }
        Self.forEachEntry(of: file, order, at: Int(rest)) { entry in
            if entry.tag == 0x9003 { taken = taken ?? entry.text(file, order) }
        }
    }

    private struct Entry {
        let tag: UInt16
        let type: UInt16
        let count: UInt32
        /// Where the value stands, or its offset.
        let value: Int

        func orientation(_ file: RawSpan, _ order: TIFFNumbers) -> UInt8? {
            let number: UInt32? =
                switch type {
                case 1: file.byte(at: value).map(UInt32.init)
                case 3: order.number16(file, at: value).map(UInt32.init)
                case 4: order.number32(file, at: value)
                default: nil
                }
            guard let number, (1...8).contains(number) else { return nil }
            return UInt8(number)
        }

        /// Up to its zero.
        func text(_ file: RawSpan, _ order: TIFFNumbers) -> String? {
            guard type == 2 || type == 7, count <= EXIFFields.textBytes,
                let offset = order.number32(file, at: value)
            else { return nil }
            let start = count <= 4 ? value : Int(offset)
            var bytes: [UInt8] = []
            for place in start..<start + Int(count) {
                guard let byte = file.byte(at: place) else { return nil }
                if byte == 0 { break }
                bytes.append(byte)
            }
            return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
        }
    }

    private static func forEachEntry(
        of file: RawSpan, _ order: TIFFNumbers, at offset: Int, _ body: (Entry) -> Void
    ) {
        for index in 0..<Int(order.number16(file, at: offset) ?? 0) {
            let place = offset + 2 + 12 * index
            guard let tag = order.number16(file, at: place),
                let type = order.number16(file, at: place + 2),
                let count = order.number32(file, at: place + 4)
            else { return }
            body(Entry(tag: tag, type: type, count: count, value: place + 8))
        }
    }
}
