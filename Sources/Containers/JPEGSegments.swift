/// The segments of a JPEG before its first data (ITU-T T.81 §B.1.1), and which of them a decoder
/// needs.
///
/// libjpeg hangs each segment that it is to keep behind all others and looks for their end anew
/// each time: the square of 100,000 is half a minute. So it is given one packet of XMP, one block
/// of IPTC, the pieces that a profile can have, and what it reads itself; EXIF and all else not.
package struct JPEGSegments: Equatable, Sendable {
    /// Behind the head of the first scan; the whole file where there is none.
    package private(set) var headEnd: Int
    /// What a decoder is not given: in order, none beside another.
    package private(set) var unneeded: [Range<Int>] = []
    /// Of the first one, behind its length.
    package private(set) var exif: Range<Int>?

    /// A profile counts its pieces in one byte (ICC.1:2022 §B.4).
    private static let profilePieces = 255
    /// Of those that say how colours are stored: there is one.
    private static let colorSegments = 16

    package init(_ file: RawSpan) {
        headEnd = file.byteCount
        var left = [
            0: Self.colorSegments, 1: 1, 2: Self.profilePieces, 13: 1, 14: Self.colorSegments,
        ]
        var offset = 2
        // Between segments all else is passed over, as libjpeg does.
        while let byte = file.byte(at: offset), let marker = file.byte(at: offset + 1) {
            guard byte == 0xff, marker != 0xff, marker > 0x01, !(0xd0...0xd8).contains(marker)
            else {
                offset += byte == 0xff && marker != 0xff ? 2 : 1
                continue
            }
            guard marker != 0xd9, let length = file.bigEndian16(at: offset + 2), length >= 2,
                offset + 2 + Int(length) <= file.byteCount
            else { return }
            let whole = offset..<offset + 2 + Int(length)
            if marker == 0xda {
                headEnd = whole.upperBound
                return
            }
            if marker == 0xe1, exif == nil, file.matches("Exif\0", at: offset + 4) {
                exif = offset + 4..<whole.upperBound
            }
            if marker == 0xfe || (0xe0...0xef).contains(marker) {
                let number = Int(marker) - 0xe0
                if Self.isKnown(file, marker, at: offset + 4), let count = left[number], count > 0 {
                    left[number] = count - 1
                } else {
                    drop(whole)
                }
            }
            offset = whole.upperBound
        }
    }

    private static func isKnown(_ file: RawSpan, _ marker: UInt8, at offset: Int) -> Bool {
        switch marker {
        case 0xe0, 0xee: true
        case 0xe1: file.matches("http://ns.adobe.com/xap/1.0/\0", at: offset)
        case 0xe2: file.matches("ICC_PROFILE\0", at: offset)
        case 0xed: file.matches("Photoshop ", at: offset)
        default: false
        }
    }

    private mutating func drop(_ range: Range<Int>) {
        if let last = unneeded.last, last.upperBound == range.lowerBound {
            unneeded[unneeded.count - 1] = last.lowerBound..<range.upperBound
        } else {
            unneeded.append(range)
        }
    }
}
