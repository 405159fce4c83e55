internal import Containers
internal import Glibc

/// How a JPEG ends (ISO/IEC 10918-1 annex B).
enum JPEGEnd {
    /// With its mark, or in a way that only the decoder can judge.
    case marked
    /// Within the data of its last scan, and every coefficient has come in some scan: if that data
    /// is whole, so is the picture.
    case unmarked

    init(_ file: RawSpan) {
        let end = file.byteCount
        let isMarked = file.byte(at: end - 2) == 0xff && file.byte(at: end - 1) == 0xd9
        self = isMarked ? .marked : Self.walked(file)
    }

    private static func walked(_ file: RawSpan) -> Self {
        var frame = Frame()
        var offset = 2
        while file.byte(at: offset) == 0xff, let marker = file.byte(at: offset + 1) {
            switch marker {
            case 0xff: offset += 1
            case 0xd9: return .marked
            case 0x01, 0xd0...0xd8: offset += 2
            default:
                guard let length = file.bigEndian16(at: offset + 2) else { return .marked }
                if (0xc0...0xcf).contains(marker), ![0xc4, 0xc8, 0xcc].contains(marker) {
                    frame = Frame(file, marker: marker, at: offset + 4)
                }
                if marker == 0xda { frame.note(file, at: offset + 4) }
                offset += 2 + Int(length)
                if marker == 0xda {
                    guard let next = nextMarker(after: offset, in: file)
                    else { return frame.isComplete ? .unmarked : .marked }
                    offset = next
                }
            }
        }
        return .marked
    }

    /// Where the next marker is that ends a scan; `nil` at the end of the file.
    private static func nextMarker(after start: Int, in file: RawSpan) -> Int? {
        unsafe file.withUnsafeBytes { bytes in
            var offset = start
            while offset + 1 < bytes.count, let base = bytes.baseAddress {
                guard let found = unsafe memchr(base + offset, 0xff, bytes.count - 1 - offset)
                else { return nil }
                offset = unsafe UnsafeRawPointer(found) - base
                let next = unsafe bytes[offset + 1]
                if next != 0, next != 0xff, !(0xd0...0xd7).contains(next) { return offset }
                offset += next == 0xff ? 1 : 2
            }
            return nil
        }
    }

    /// What has come of a frame's components.
    private struct Frame {
        private var isProgressive = false
        private var isKnown = false
        /// By component: the lowest bit that has come of each coefficient.
        private var lowestBits: [UInt8: [UInt8]] = [:]

        init() {}

        init(_ file: RawSpan, marker: UInt8, at offset: Int) {
            // Not arithmetic coding, and nothing without DCT: their decoders end in silence.
            isKnown = (0xc0...0xc2).contains(marker)
            isProgressive = marker == 0xc2
            for index in 0..<Int(file.byte(at: offset + 5) ?? 0) {
                guard let component = file.byte(at: offset + 6 + 3 * index) else { return }
                lowestBits[component] = Array(repeating: 255, count: 64)
            }
        }

        mutating func note(_ file: RawSpan, at offset: Int) {
            let count = Int(file.byte(at: offset) ?? 0)
            guard let first = file.byte(at: offset + 1 + 2 * count),
                let last = file.byte(at: offset + 2 + 2 * count),
                let bits = file.byte(at: offset + 3 + 2 * count)
            else { return }
            let range = isProgressive ? Int(first)..<min(64, Int(last) + 1) : 0..<64
            guard range.lowerBound < range.upperBound else { return }
            for index in 0..<count {
                guard let component = file.byte(at: offset + 1 + 2 * index) else { return }
                for coefficient in range {
                    lowestBits[component]?[coefficient] = isProgressive ? bits & 15 : 0
                }
            }
        }

        var isComplete: Bool {
            isKnown && !lowestBits.isEmpty
                && lowestBits.values.allSatisfy { $0.allSatisfy { $0 == 0 } }
        }
    }
}
