/// Which bytes of a representation a request asks for (RFC 9110 §14).
package enum RangeRequest: Hashable, Sendable {
    /// All of it, with 200: no `Range`, or one to be ignored.
    case whole
    /// 206 with `Content-Range`.
    case single(Range<Int>)
    /// 206 with `multipart/byteranges`: two or more, none touching another, in the order asked.
    case multiple([Range<Int>])
    /// 416 with `Content-Range: bytes */N`.
    case unsatisfiable

    /// More ranges than these in one request are taken for an attack (RFC 9110 §17.15) and the
    /// field is ignored.
    package static let rangeLimit = 16

    /// A `Range` counts only with GET, if it came once, has the unit `bytes` and no mistake in it,
    /// and if `If-Range` holds. Overlapping and adjacent ranges are joined where the first of them
    /// stands, so that no byte is sent twice.
    ///
    /// Comes after `Preconditions`.
    /// - Parameters:
    ///   - bytes: those the head was parsed from.
    ///   - etag: as in the `ETag` field, with quotes. Empty: the representation has none.
    ///   - byteCount: of the whole representation.
    package static func resolve(
        _ head: RequestHead, in bytes: Span<UInt8>, etag: Span<UInt8>, lastModified: HTTPDate?,
        byteCount: Int
    ) -> RangeRequest {
        guard let field = head[.range], head.method == .get, !head.repeated(.range),
            ifRangeHolds(head, in: bytes, etag: etag, lastModified: lastModified)
        else { return .whole }
        return parse(bytes.extracting(field.range), byteCount: byteCount)
    }

    /// The value of a `Range` field, measured against a representation.
    static func parse(_ value: Span<UInt8>, byteCount: Int) -> RangeRequest {
        let unit: StaticString = "bytes="
        guard value.equalsIgnoringCase(unit, from: 0) else { return .whole }
        var ranges = DisjointRanges()
        var specCount = 0
        var position = unit.utf8CodeUnitCount
        guard position < value.count, !value[position].isBlank else { return .whole }
        while let element = ListField.nextElement(of: value, from: &position) {
            guard let spec = RangeSpec(value.extracting(element)) else { return .whole }
            specCount += 1
            guard specCount <= rangeLimit else { return .whole }
            if byteCount == 0, spec.isSatisfiableSuffix { return .whole }
            if let range = spec.range(in: byteCount) { ranges.add(range) }
        }
        guard specCount > 0 else { return .whole }
        return ranges.request
    }

    /// `If-Range` (RFC 9110 §13.1.5): the same strong tag, or the very date.
    private static func ifRangeHolds(
        _ head: RequestHead, in bytes: Span<UInt8>, etag: Span<UInt8>, lastModified: HTTPDate?
    ) -> Bool {
        guard let field = head[.ifRange] else { return true }
        guard !head.repeated(.ifRange) else { return false }
        let value = bytes.extracting(field.range)
        if EntityTag.isTag(value) {
            return !etag.isEmpty && EntityTag.matches(value, etag, by: .strong)
        }
        guard let lastModified, let date = HTTPDate(value) else { return false }
        return date == lastModified
    }
}

/// Ranges in the order asked, none touching another. A single one, the usual case, needs no array.
private struct DisjointRanges {
    private var only: Range<Int>?
    /// Empty until there are two.
    private var several: [Range<Int>] = []

    var request: RangeRequest {
        if let only { return .single(only) }
        guard let first = several.first else { return .unsatisfiable }
        return several.count == 1 ? .single(first) : .multiple(several)
    }

    /// Joins the range with what it touches into the first place among them.
    mutating func add(_ range: Range<Int>) {
        if let first = only {
            if let joined = Self.join(first, range) {
                only = joined
            } else {
                only = nil
                several = [first, range]
            }
        } else if several.isEmpty {
            only = range
        } else {
            addToSeveral(range)
        }
    }

    private mutating func addToSeveral(_ range: Range<Int>) {
        var joined = range
        var place = several.count
        var index = 0
        while index < several.count {
            if let wider = Self.join(several[index], joined) {
                joined = wider
                place = min(place, index)
                several.remove(at: index)
                // The wider range may reach one that was passed over.
                index = 0
            } else {
                index += 1
            }
        }
        several.insert(joined, at: min(place, several.count))
    }

    /// `nil` if there is a gap between them.
    private static func join(_ left: Range<Int>, _ right: Range<Int>) -> Range<Int>? {
        guard left.lowerBound <= right.upperBound, right.lowerBound <= left.upperBound
        else { return nil }
        let start = min(left.lowerBound, right.lowerBound)
        return start..<max(left.upperBound, right.upperBound)
    }
}

/// One range as it was asked for: `first-last`, `first-` or `-suffix` (RFC 9110 §14.1.1). Numbers
/// too large for 64 bits count as the largest, which no representation reaches.
private enum RangeSpec {
    case from(UInt64, through: UInt64)
    case suffix(UInt64)

    init?(_ text: Span<UInt8>) {
        var dash = 0
        while dash < text.count, text[dash].isDigit { dash += 1 }
        guard dash < text.count, text[dash] == UInt8(ascii: "-") else { return nil }
        for index in dash + 1..<text.count where !text[index].isDigit { return nil }
        let last =
            dash + 1 < text.count
            ? DecimalNumber.parse(text, in: dash + 1..<text.count) ?? .max : nil
        guard dash > 0 else {
            guard let last else { return nil }
            self = .suffix(last)
            return
        }
        let first = DecimalNumber.parse(text, in: 0..<dash) ?? .max
        guard first <= last ?? .max else { return nil }
        self = .from(first, through: last ?? .max)
    }

    /// Also of an empty representation, of which a 206 could not tell the range.
    var isSatisfiableSuffix: Bool {
        if case .suffix(let length) = self { return length > 0 }
        return false
    }

    /// `nil` if no byte of the representation lies in it.
    func range(in byteCount: Int) -> Range<Int>? {
        let size = UInt64(byteCount)
        switch self {
        case .suffix(let length):
            guard length > 0, size > 0 else { return nil }
            return Int(size - min(length, size))..<byteCount
        case .from(let first, let last):
            guard first < size else { return nil }
            return Int(first)..<Int(min(last, size - 1)) + 1
        }
    }
}
