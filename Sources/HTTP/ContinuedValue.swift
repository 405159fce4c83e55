internal import Coding

/// A parameter that comes in pieces, `name*0=`, `name*1*=` and so on (RFC 2231 §3 and §4.1), as
/// MIME libraries write long ones.
struct ContinuedValue {
    enum Whole {
        case plain([UInt8])
        /// Charset, language and escapes in front and inside, as of a parameter in one piece.
        case extended([UInt8])
    }

    /// Nobody has that many.
    private static let most = 100

    private var pieces: [Int: (text: [UInt8], isExtended: Bool)] = [:]

    /// Whether `key` is a piece's name: `stem`, a number, and an asterisk where it has escapes.
    mutating func take(_ key: Span<UInt8>, _ text: [UInt8], of stem: StaticString) -> Bool {
        guard key.equalsIgnoringCase(stem, from: 0) else { return false }
        let isExtended = key[key.count - 1] == UInt8(ascii: "*")
        let digits = key.extracting(stem.utf8CodeUnitCount..<key.count - (isExtended ? 1 : 0)).array
        guard (1...2).contains(digits.count),
            let number = Int(String(decoding: digits, as: UTF8.self)),
            number < Self.most, digits.count == 1 || digits[0] != UInt8(ascii: "0")
        else { return false }
        if pieces[number] == nil { pieces[number] = (text, isExtended) }
        return true
    }

    /// From the first piece on as far as they come without a gap; `nil` without a first one.
    var value: Whole? {
        guard let first = pieces[0] else { return nil }
        var whole: [UInt8] = []
        var number = 0
        while let piece = pieces[number] {
            let isText = first.isExtended && !piece.isExtended
            whole += isText ? Self.escaped(piece.text) : piece.text
            number += 1
        }
        return first.isExtended ? .extended(whole) : .plain(whole)
    }

    private static func escaped(_ text: [UInt8]) -> [UInt8] {
        text.flatMap { [UInt8(ascii: "%"), Hex.capital($0 >> 4), Hex.capital($0 & 15)] }
    }
}
