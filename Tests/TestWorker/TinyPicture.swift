import Rendition

/// A file that has all that its format's container needs, and a note where others have pixels.
enum TinyPicture {
    static func bytes(
        _ note: [UInt8], as format: OutputFormat, width: UInt16, height: UInt16
    ) -> [UInt8] {
        format == .png ? png(note, width, height) : jpeg(note, width, height)
    }

    /// What lies between the head of a scan and the end of the file.
    static func note(ofJPEG bytes: [UInt8]) -> [UInt8]? {
        guard bytes.starts(with: [0xFF, 0xD8]), bytes.count > 27 else { return nil }
        return Array(bytes[25..<bytes.count - 2])
    }

    private static func jpeg(_ note: [UInt8], _ width: UInt16, _ height: UInt16) -> [UInt8] {
        [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8] + big(height) + big(width) + [1, 1, 0x11, 0]
            + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0] + note + [0xFF, 0xD9]
    }

    private static func png(_ note: [UInt8], _ width: UInt16, _ height: UInt16) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", [0, 0] + big(width) + [0, 0] + big(height) + [8, 0, 0, 0, 0])
            + chunk("IDAT", note) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        [0, 0] + big(UInt16(content.count)) + Array(name.utf8) + content + [0, 0, 0, 0]
    }

    private static func big(_ number: UInt16) -> [UInt8] {
        [UInt8(number >> 8), UInt8(number & 255)]
    }
}
