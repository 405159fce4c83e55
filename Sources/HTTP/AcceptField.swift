/// What an `Accept` field says of a media type (RFC 9110 §12.5.1).
package enum AcceptField {
    /// A weight in thousandths: 0 means not acceptable.
    package typealias Weight = Int

    /// The weight of `type` (as `image/avif`, lower case) by the most specific range that holds
    /// it: the type itself, `image/*`, `*/*`. 0 if none does; 1000 without an `Accept` field.
    package static func weight(
        of type: StaticString, for head: RequestHead, in bytes: Span<UInt8>
    ) -> Weight {
        guard head[.accept] != nil else { return 1000 }
        var best = Finding.none
        head.forEachValue(of: .accept, in: bytes) { best = best.better(find(type, in: $0)) }
        return best.weight
    }

    /// Whether the field names `type` itself, not by a wildcard, with a weight above 0. A browser
    /// that can show a newer format says so like this; `*/*` says nothing of the kind.
    package static func names(
        _ type: StaticString, for head: RequestHead, in bytes: Span<UInt8>
    ) -> Bool {
        var isNamed = false
        head.forEachValue(of: .accept, in: bytes) { isNamed = isNamed || names(type, in: $0) }
        return isNamed
    }

    /// The same, of one field value.
    package static func names(_ type: StaticString, in value: Span<UInt8>) -> Bool {
        let found = find(type, in: value)
        return found.specificity == .type && found.weight > 0
    }

    /// The same as `weight(of:for:in:)`, of one field value.
    package static func weight(of type: StaticString, in value: Span<UInt8>) -> Weight {
        find(type, in: value).weight
    }

    private enum Specificity: Int { case none, all, family, type }

    private struct Finding {
        let specificity: Specificity
        let weight: Weight

        static let none = Finding(specificity: .none, weight: 0)

        /// The more specific, or of two alike that with more weight.
        func better(_ other: Finding) -> Finding {
            if specificity == other.specificity { return weight < other.weight ? other : self }
            return specificity.rawValue < other.specificity.rawValue ? other : self
        }
    }

    private static func find(_ type: StaticString, in value: Span<UInt8>) -> Finding {
        var best = Finding.none
        var position = 0
        while let element = ListField.nextElement(of: value, from: &position) {
            let range = value.extracting(element)
            let typeEnd = endOfType(in: range)
            let specificity = specificity(of: range.extracting(0..<typeEnd), for: type)
            guard specificity != .none, let weight = weight(in: range, from: typeEnd)
            else { continue }
            best = best.better(Finding(specificity: specificity, weight: weight))
        }
        return best
    }

    /// Where parameters, or blanks before them, begin.
    private static func endOfType(in range: Span<UInt8>) -> Int {
        var index = 0
        while index < range.count, !range[index].isBlank, range[index] != .semicolon { index += 1 }
        return index
    }

    private static func specificity(
        of range: Span<UInt8>, for type: StaticString
    ) -> Specificity {
        if range.isEqualIgnoringCase(to: type) { return .type }
        guard range.count >= 3, range[range.count - 1] == UInt8(ascii: "*"),
            range[range.count - 2] == UInt8(ascii: "/")
        else { return .none }
        if range.count == 3, range[0] == UInt8(ascii: "*") { return .all }
        let familyLength = range.count - 1
        guard type.utf8CodeUnitCount > familyLength else { return .none }
        return type.withUTF8Buffer { buffer in
            for index in 0..<familyLength
            where unsafe range[index] | 0x20 != buffer[index] {
                return .none
            }
            return .family
        }
    }

    /// The weight among the parameters; `nil` if there is a parameter of the type itself before
    /// it (another, narrower type then) or the weight is malformed: the range is passed over.
    private static func weight(in range: Span<UInt8>, from start: Int) -> Weight? {
        var index = range.indexAfterBlanks(from: start)
        while index < range.count {
            guard range[index] == .semicolon else { return nil }
            index = range.indexAfterBlanks(from: index + 1)
            if index == range.count { break }
            guard range.equalsIgnoringCase("q=", from: index) else {
                guard range[index] == .semicolon else { return nil }
                continue  // An empty parameter.
            }
            return weight(in: range, digitsFrom: index + 2)
        }
        return 1000
    }

    /// `0` or `1` with at most three decimals (RFC 9110 §12.4.2), then the end or more parameters.
    private static func weight(in range: Span<UInt8>, digitsFrom start: Int) -> Weight? {
        guard start < range.count, range[start].isDigit, range[start] <= UInt8(ascii: "1")
        else { return nil }
        var weight = range[start] == UInt8(ascii: "1") ? 1000 : 0
        var index = start + 1
        if index < range.count, range[index] == UInt8(ascii: ".") {
            index += 1
            var place = 100
            while index < range.count, range[index].isDigit {
                guard place > 0 else { return nil }
                weight += Int(range[index] - UInt8(ascii: "0")) * place
                place /= 10
                index += 1
            }
        }
        let next = range.indexAfterBlanks(from: index)
        guard weight <= 1000, next == range.count || range[next] == .semicolon else { return nil }
        return weight
    }
}
