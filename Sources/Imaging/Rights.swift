internal import CVipsShim
internal import Containers

/// Who made a picture, whose it is and on what terms: what of its EXIF, XMP and IPTC fields goes
/// along with a rendition, written anew.
struct Rights {
    private let artist: [UInt8]
    private let copyright: [UInt8]
    /// An XMP packet; `nil` where there is nothing to tell.
    let xmp: [UInt8]?

    init(of picture: borrowing Picture) {
        artist = picture.bytes(CVipsShim_artist) ?? []
        copyright = picture.bytes(CVipsShim_copyright) ?? []
        var fields = XMPFields()
        if let packet = picture.bytes("xmp-data") { fields = XMPFields(packet: packet) }
        if let block = picture.bytes("iptc-data") { fields.add(iptc: block) }
        xmp = fields.packet
    }

    /// A TIFF file of one directory (EXIF 2.3 §4.5); `nil` where there is nothing to tell.
    var exif: [UInt8]? {
        // In the order of their numbers.
        let fields: [(tag: UInt16, text: [UInt8])] =
            [(0x013B, artist), (0x8298, copyright)].filter { !$0.text.isEmpty }
        guard !fields.isEmpty else { return nil }
        let ascii: UInt16 = 2
        var file = Array("II*\0".utf8)
        var texts: [UInt8] = []
        file.append(little: UInt32(8))
        file.append(little: UInt16(fields.count))
        let end = file.count + 12 * fields.count + 4
        for field in fields {
            // Shorter ones stand in the place of their offset: padded, they never do.
            let text = field.text + Array(repeating: 0, count: max(1, 5 - field.text.count))
            file.append(little: field.tag)
            file.append(little: ascii)
            file.append(little: UInt32(text.count))
            file.append(little: UInt32(end + texts.count))
            texts += text
        }
        file.append(little: UInt32(0))
        return file + texts
    }
}

extension Picture {
    /// What is to go along of an original's EXIF. Only on a picture that nothing else refers to.
    func note(_ exif: EXIFFields) {
        for (name, text) in [
            (CVipsShim_artist, exif.artist), (CVipsShim_copyright, exif.copyright),
        ] {
            // None that is not worth its bytes.
            guard let text, XMPFields.isPlain(text) else { continue }
            set(name, Array(text.utf8))
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append<Number: FixedWidthInteger>(little number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
