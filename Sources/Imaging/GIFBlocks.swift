internal import Containers

/// The blocks of a GIF (GIF89a), as far as they say what lies where no frame does, and in which
/// colours.
///
/// Browsers leave it clear. The decoder does so only for frames that have a clear colour: those
/// that have none are given one that no pixel can name. Without any table of colours browsers show
/// black.
enum GIFBlocks {
    private struct Frame {
        var place: Int
        /// Of its graphic control extension.
        var control: Int?
        var isWhole: Bool
        var isClearedAfter: Bool
        var hasClearColor: Bool
        var hasTable: Bool
        /// 255 names no colour of its table.
        var has255Free: Bool
    }

    static func edits(_ file: RawSpan) -> [Edit] {
        let frames = frames(file)
        guard let first = frames.first else { return [] }
        let hasColors = file.byte(at: 10).map { $0 & 0x80 != 0 } == true
        let black = hasColors || frames.contains { $0.hasTable } ? [] : allBlack(file)
        let startsClear = !first.isWhole && !frames.contains { $0.hasClearColor }
        return black
            + frames.enumerated().flatMap { index, frame -> [Edit] in
                let isNeeded =
                    (index == 0 && startsClear) || (frame.isClearedAfter && frames.count > 1)
                guard isNeeded, !frame.hasClearColor, frame.has255Free else { return [] }
                guard let control = frame.control, let flags = file.byte(at: control + 3) else {
                    let bytes: [UInt8] = [0x21, 0xf9, 4, 1, 0, 0, 255, 0]
                    return [Edit(range: frame.place..<frame.place, bytes: bytes)]
                }
                return [
                    Edit(range: control + 3..<control + 4, bytes: [flags | 1]),
                    Edit(range: control + 6..<control + 7, bytes: [255]),
                ]
            }
    }

    /// A table for all frames.
    private static func allBlack(_ file: RawSpan) -> [Edit] {
        [
            Edit(range: 10..<11, bytes: [(file.byte(at: 10) ?? 0) | 0x87]),
            Edit(range: 13..<13, bytes: Array(repeating: 0, count: 768)),
        ]
    }

    private static func frames(_ file: RawSpan) -> [Frame] {
        guard let width = file.littleEndian16(at: 6), let height = file.littleEndian16(at: 8),
            let flags = file.byte(at: 10)
        else { return [] }
        var frames: [Frame] = []
        var control: Int?
        var offset = 13 + tableBytes(flags)
        while let mark = file.byte(at: offset) {
            if mark == 0x21 {
                if file.byte(at: offset + 1) == 0xf9, file.byte(at: offset + 2) == 4 {
                    control = offset
                }
                offset = endOfBlocks(file, offset + 2)
            } else if mark == 0x2c, let own = file.byte(at: offset + 9) {
                let data = offset + 10 + tableBytes(own)
                let size = tableBytes(own) > 0 ? tableBytes(own) : tableBytes(flags)
                let controlFlags = control.flatMap { file.byte(at: $0 + 3) } ?? 0
                frames.append(
                    Frame(
                        place: offset, control: control,
                        isWhole: file.littleEndian16(at: offset + 1) == 0
                            && file.littleEndian16(at: offset + 3) == 0
                            && file.littleEndian16(at: offset + 5).map { $0 >= width } == true
                            && file.littleEndian16(at: offset + 7).map { $0 >= height } == true,
                        isClearedAfter: controlFlags >> 2 & 7 == 2,
                        hasClearColor: controlFlags & 1 == 1,
                        hasTable: tableBytes(own) > 0,
                        has255Free: size < 768 || file.byte(at: data).map { $0 < 8 } == true))
                control = nil
                offset = endOfBlocks(file, data + 1)
            } else {
                break
            }
        }
        return frames
    }

    /// Of a table of colours, if there is one.
    private static func tableBytes(_ flags: UInt8) -> Int {
        flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1)
    }

    /// Behind sub-blocks, the last of which is empty.
    private static func endOfBlocks(_ file: RawSpan, _ start: Int) -> Int {
        var offset = start
        while let count = file.byte(at: offset) {
            offset += 1 + Int(count)
            if count == 0 { break }
        }
        return offset
    }
}
