internal import Containers
internal import WorkerLink

extension ImageType {
    /// By the first bytes alone: names and declared types are not asked.
    init?(sniffing bytes: RawSpan) {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: PNGChunks.signature) {
            self = .png
        } else if bytes.starts(with: "RIFF"), bytes.matches("WEBP", at: 8) {
            self = .webp
        } else if bytes.starts(with: "GIF87a") || bytes.starts(with: "GIF89a") {
            self = .gif
        } else if bytes.matches("ftyp", at: 4) {
            self.init(brandsOf: bytes)
        } else if bytes.starts(with: [0x49, 0x49, 0x2a, 0])
            || bytes.starts(with: [0x4d, 0x4d, 0, 0x2a])
            || bytes.starts(with: [0x49, 0x49, 0x2b, 0])
            || bytes.starts(with: [0x4d, 0x4d, 0, 0x2b])
        {
            self = .tiff
        } else if bytes.starts(with: [0xff, 0x0a])
            || bytes.starts(with: [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a])
        {
            self = .jxl
        } else if bytes.starts(with: "BM") {
            self = .bmp
        } else {
            return nil
        }
    }

    /// The brands of a `ftyp` box (ISO/IEC 14496-12 §4.3); AVIF wins where a file claims several.
    private init?(brandsOf bytes: RawSpan) {
        let end = min(Int(bytes.bigEndian32(at: 0) ?? 0), bytes.byteCount, 4096)
        var isHEIC = false
        // The major brand, then after the minor version the compatible ones.
        for offset in [8] + Array(stride(from: 16, to: max(16, end - 3), by: 4)) {
            if bytes.matches("avif", at: offset) || bytes.matches("avis", at: offset) {
                self = .avif
                return
            }
            let brands: [StaticString] = ["heic", "heix", "hevc", "hevx", "heim", "heis"]
            if brands.contains(where: { bytes.matches($0, at: offset) }) { isHEIC = true }
        }
        guard isHEIC else { return nil }
        self = .heic
    }
}
