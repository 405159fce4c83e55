internal import Rendition

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
