/// Comparing entity tags in the form they are written: quotes included, `W/` before weak ones
/// (RFC 9110 §8.8.3).
enum EntityTag {
    /// RFC 9110 §8.8.3.2: the strong comparison holds only between tags that are not weak.
    enum Comparison {
        case strong, weak
        /// Strong, of so many bytes from the first quote on: what stands behind them is no matter.
        case stem(Int)
    }

    /// Whether a field value, one or a list of tags, has one that matches `tag`. An element that
    /// is not a tag, as one without quotes, matches nothing.
    static func list(
        _ value: Span<UInt8>, matches tag: Span<UInt8>, by comparison: Comparison
    ) -> Bool {
        var position = 0
        while position < value.count {
            if value[position].isBlank || value[position] == .comma {
                position += 1
            } else if let end = endOfTag(in: value, from: position) {
                if matches(value.extracting(position..<end), tag, by: comparison) { return true }
                position = end
            } else {
                while position < value.count, value[position] != .comma { position += 1 }
            }
        }
        return false
    }

    /// Both are well-formed.
    static func matches(
        _ left: Span<UInt8>, _ right: Span<UInt8>, by comparison: Comparison
    ) -> Bool {
        switch comparison {
        case .strong: !isWeak(left) && !isWeak(right) && left.isEqual(to: right)
        case .stem(let count):
            !isWeak(left) && !isWeak(right) && left.count > count && right.count > count
                && left.extracting(first: count).isEqual(to: right.extracting(first: count))
        case .weak:
            left.extracting(opaque(of: left)).isEqual(to: right.extracting(opaque(of: right)))
        }
    }

    /// Whether all of `value` is one tag.
    static func isTag(_ value: Span<UInt8>) -> Bool {
        endOfTag(in: value, from: 0) == value.count
    }

    static func isWeak(_ tag: Span<UInt8>) -> Bool { tag.equals("W/", from: 0) }

    private static func opaque(of tag: Span<UInt8>) -> Range<Int> {
        (isWeak(tag) ? 2 : 0)..<tag.count
    }

    /// Where a tag that begins at `start` ends; `nil` if none does, or something but a blank, a
    /// comma or the end follows it.
    private static func endOfTag(in value: Span<UInt8>, from start: Int) -> Int? {
        var index = value.equals("W/", from: start) ? start + 2 : start
        guard index < value.count, value[index] == .quote else { return nil }
        index += 1
        while index < value.count, value[index] != .quote {
            guard !value[index].isBlank else { return nil }
            index += 1
        }
        guard index < value.count else { return nil }
        let end = index + 1
        let next = value.indexAfterBlanks(from: end)
        return next == value.count || value[next] == .comma ? end : nil
    }
}
