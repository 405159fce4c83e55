internal import Rendition

/// One packet of the `SOCK_SEQPACKET` pair between edge and worker: a version, a kind, the job, and
/// fields of fixed layout. Descriptors travel beside it by `SCM_RIGHTS`, from the edge alone.
package enum Frame {
    /// Every frame fits a buffer of this size.
    package static let maxByteCount = 4096
    static let version: UInt8 = 5
}

/// Raw values stand in frames: never renumber.
enum FrameKind: UInt8 {
    case probe = 1
    case render = 2
    case room = 3
    case probed = 64
    case rendered = 65
    case refused = 66
    case ready = 67
    case mastered = 68
    case roomWanted = 69
}

/// Why bytes are no frame. Whoever gets one from the other side ends the worker: its stream of
/// packets can not be trusted any more.
package enum FrameError: Error, Hashable, Sendable {
    case truncated
    case trailingBytes
    case unknownVersion(UInt8)
    case unknownKind(UInt8)
    /// A field whose value no sender of ours writes.
    case invalidField(Field)

    package enum Field: Hashable, Sendable {
        case recipe, outputs, input, limits, quality, imageType, colorSpace, orientation, size, flag
        case format, master, reason, detail, versions, walls, likeness, time, decodes
    }
}

/// Reads a frame field by field. Any bytes at all are read or refused, never trapped on.
struct FrameReader {
    private var position = 0

    mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
        _: T.Type = T.self, from frame: Span<UInt8>
    ) throws(FrameError) -> T {
        let count = T.bitWidth / 8
        guard frame.count - position >= count else { throw .truncated }
        var value: T = 0
        for index in (0..<count).reversed() {
            value = value &<< 8 | T(truncatingIfNeeded: frame[position + index])
        }
        position += count
        return value
    }

    mutating func flag(from frame: Span<UInt8>) throws(FrameError) -> Bool {
        let value = try integer(UInt8.self, from: frame)
        guard value < 2 else { throw .invalidField(.flag) }
        return value == 1
    }

    mutating func value<T: RawRepresentable>(
        _ field: FrameError.Field, from frame: Span<UInt8>
    ) throws(FrameError) -> T where T.RawValue == UInt8 {
        guard let value = T(rawValue: try integer(from: frame)) else { throw .invalidField(field) }
        return value
    }

    mutating func recipe(from frame: Span<UInt8>) throws(FrameError) -> Recipe {
        let end = position + Recipe.encodedByteCount
        guard frame.count >= end else { throw .truncated }
        guard let recipe = Recipe(encoded: frame.extracting(position..<end)),
            recipe.format != .negotiated
        else { throw .invalidField(.recipe) }
        position = end
        return recipe
    }

    mutating func text(
        _ field: FrameError.Field, limit: Int, from frame: Span<UInt8>
    ) throws(FrameError) -> String {
        let count = Int(try integer(UInt16.self, from: frame))
        guard count <= limit else { throw .invalidField(field) }
        guard frame.count - position >= count else { throw .truncated }
        let bytes = (position..<position + count).map { frame[$0] }
        // It goes into logs and answers: nothing in it moves a cursor or ends a line.
        guard bytes.allSatisfy({ 0x20...0x7E ~= $0 }) else { throw .invalidField(field) }
        let text = String(decoding: bytes, as: UTF8.self)
        position += count
        return text
    }

    func finish(_ frame: Span<UInt8>) throws(FrameError) {
        guard position == frame.count else { throw .trailingBytes }
    }
}

/// Builds a frame: little-endian, fixed layout, no padding.
struct FrameWriter {
    private(set) var bytes: [UInt8]

    init(kind: FrameKind) {
        bytes = []
        bytes.reserveCapacity(Frame.maxByteCount)
        bytes.append(Frame.version)
        bytes.append(kind.rawValue)
    }

    mutating func put<T: FixedWidthInteger>(_ value: T) {
        var rest = value.littleEndian
        for _ in 0..<(T.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func put(_ recipe: Recipe) {
        let encoded = recipe.encoded
        for index in encoded.indices { bytes.append(encoded[index]) }
    }

    /// At most `limit` bytes after a count of two, printable ASCII: what is none becomes a blank.
    mutating func put(_ text: String, limit: Int) {
        let kept = text.utf8.prefix(limit).map { 0x20...0x7E ~= $0 ? $0 : 0x20 }
        put(UInt16(kept.count))
        bytes += kept
    }
}

/// Names a job on the link to one worker, so that a late reply is told from the one waited for.
package struct JobID: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}
