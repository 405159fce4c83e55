/// What a configuration calls a preset: 1 to 32 small letters, digits and hyphens, inline, so that
/// finding one costs no allocation.
package struct ShortName: Hashable, Sendable {
    package static let longest = 32

    // The letters, then zeros; in halves as `SHA256Digest` is.
    private let low: SIMD16<UInt8>
    private let high: SIMD16<UInt8>

    package init?(_ spelt: Span<UInt8>) {
        guard 1...Self.longest ~= spelt.count else { return nil }
        var letters = SIMD32<UInt8>()
        for index in spelt.indices {
            switch spelt[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"):
                letters[index] = spelt[index]
            default: return nil
            }
        }
        (low, high) = (letters.lowHalf, letters.highHalf)
    }

    package init?(_ text: some StringProtocol) { self.init(Array(text.utf8).span) }

    func spell(into sink: inout Spelling) {
        let letters = SIMD32(lowHalf: low, highHalf: high)
        for index in letters.indices where letters[index] != 0 { sink.append(letters[index]) }
    }
}

extension ShortName: CustomStringConvertible {
    package var description: String {
        var spelling = Spelling()
        spell(into: &spelling)
        return String(decoding: spelling.array, as: UTF8.self)
    }
}
