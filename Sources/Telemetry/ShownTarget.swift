internal import Coding

/// A request's target as logs and errors show it: without the values of secret query parameters,
/// without anything behind a signature, and without what looks like one where a damaged URL has it
/// in another place; of events of a bucket nothing of the secret behind `/s3/`. Escapes are seen
/// through, also escaped ones: a question mark that was escaped on the way hides nothing.
package enum ShownTarget {
    /// Calls `body` with the parts to show, in order. No allocation: some hundred thousand log
    /// lines a second may have to be written.
    package static func forEachPart(of target: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        guard mayHide(target) else { return body(target) }
        // Cursors and names are as long, and the index takes no signatures.
        var scan = Scan(hidesCodes: !isIndex(target))
        var keptFrom = 0
        while let hidden = scan.nextHidden(in: target) {
            body(target.extracting(keptFrom..<hidden.lowerBound))
            keptFrom = hidden.upperBound
        }
        if keptFrom < target.count || keptFrom == 0 {
            body(target.extracting(keptFrom..<target.count))
        }
    }

    /// The target as text.
    package static func text(of target: [UInt8]) -> String {
        var shown: [UInt8] = []
        forEachPart(of: target.span) { part in
            for index in part.indices { shown.append(part[index]) }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether there may be anything to leave out: a look without names and escapes, which nearly
    /// all targets need no more than.
    private static func mayHide(_ target: Span<UInt8>) -> Bool {
        var (run, isHexRun) = (0, true)
        var last: UInt8 = 0
        for index in target.indices {
            let byte = target[index]
            let small = byte | 0x20
            // What goes before the secret of events.
            if byte == UInt8(ascii: "/"), last == UInt8(ascii: "3") { return true }
            if byte &- 0x30 < 10 || small &- 0x61 < 6 {
                run += 1
            } else if small &- 0x61 < 26 || byte == 0x2D || byte == 0x5F {
                (run, isHexRun) = (run + 1, false)
            } else {
                if byte == UInt8(ascii: "%") { return true }
                // The names end in these.
                if byte == UInt8(ascii: "="), last == 0x65 || last == 0x73 || last == 0x6E {
                    return true
                }
                (run, isHexRun) = (0, true)
            }
            if run >= Scan.codeCount, !isHexRun { return true }
            last = small
        }
        return false
    }

    private static func isIndex(_ target: Span<UInt8>) -> Bool {
        let prefix: StaticString = "/images"
        guard target.count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount
        where unsafe target[index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }
}

/// One pass over a target, from one hidden part to the next.
private struct Scan {
    /// So many letters of base64url in a row are a signature, unless they are all hex digits, as
    /// those of a hash: no value of an option is that long.
    static let codeCount = 22
    private static let hashCount = 64

    let hidesCodes: Bool
    private var position = 0
    /// Behind the last separator: where a name may begin.
    private var nameStart = 0
    /// Where the letters begin that stand directly before `position`, and how many they are.
    private var runStart = 0
    private var runCount = 0
    private var runIsHex = true

    init(hidesCodes: Bool) { self.hidesCodes = hidesCodes }

    mutating func nextHidden(in target: Span<UInt8>) -> Range<Int>? {
        while position < target.count {
            let start = position
            let byte = Self.byte(of: target, at: &position)
            if byte.isCodeLetter {
                guard takeLetter(byte, at: start), hidesCodes else { continue }
                return hide(from: runStart, in: target)
            }
            runCount = 0
            switch byte {
            case UInt8(ascii: "="):
                let name = nameStart..<start
                nameStart = position
                if Self.spells("signature", name, in: target) {
                    // It ends a URL, and may have been broken in two.
                    defer { position = target.count }
                    return position..<target.count
                }
                if Self.isSecret(name, in: target) { return hide(from: position, in: target) }
            case UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "/"),
                UInt8(ascii: "#"):
                if Self.spells("s3", nameStart..<start, in: target) {
                    defer { position = target.count }
                    return position..<target.count
                }
                nameStart = position
            default: break
            }
        }
        return nil
    }

    /// Whether it makes the letters before it a code.
    private mutating func takeLetter(_ byte: UInt8, at start: Int) -> Bool {
        let isHex = byte.hexValue != nil
        // A code may stand directly behind a hash.
        if runCount == Self.hashCount && runIsHex && !isHex { runCount = 0 }
        if runCount == 0 { (runStart, runIsHex) = (start, true) }
        runCount += 1
        runIsHex = runIsHex && isHex
        return runCount >= Self.codeCount && !runIsHex
    }

    /// Up to the next parameter.
    private mutating func hide(from start: Int, in target: Span<UInt8>) -> Range<Int> {
        var end = position
        while end < target.count {
            var next = end
            if Self.byte(of: target, at: &next) == UInt8(ascii: "&") { break }
            end = next
        }
        (position, runCount) = (end, 0)
        return start..<end
    }

    /// The byte at `index`, escapes of escapes undone, and the place behind it.
    private static func byte(of target: Span<UInt8>, at index: inout Int) -> UInt8 {
        let byte = target[index]
        index += 1
        guard byte == UInt8(ascii: "%") else { return byte }
        var digits = index
        // `%25` is a percent sign: of whatever follows it.
        while digits + 3 < target.count, target[digits] == UInt8(ascii: "2"),
            target[digits + 1] == UInt8(ascii: "5")
        { digits += 2 }
        guard digits + 1 < target.count, let high = target[digits].hexValue,
            let low = target[digits + 1].hexValue
        else { return byte }
        index = digits + 2
        return high << 4 | low
    }

    private static func isSecret(_ name: Range<Int>, in target: Span<UInt8>) -> Bool {
        spells("expires", name, in: target) || spells("token", name, in: target)
            || spells("access_token", name, in: target)
    }

    /// Whether a name, in lower case, is `word`.
    private static func spells(
        _ word: StaticString, _ name: Range<Int>, in target: Span<UInt8>
    ) -> Bool {
        var index = name.lowerBound
        for place in 0..<word.utf8CodeUnitCount {
            guard index < name.upperBound else { return false }
            var byte = byte(of: target, at: &index)
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            guard unsafe byte == word.utf8Start[place] else { return false }
        }
        return index == name.upperBound
    }
}

extension UInt8 {
    /// Of base64url.
    fileprivate var isCodeLetter: Bool { Base64.value(of: self, .url) != nil }
}
