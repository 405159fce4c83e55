/// A request's target as logs and errors show it: without the values of secret query parameters,
/// without anything behind a signature, which ends a URL and may have been broken in two, and
/// without what looks like a signature where a damaged URL has it under another name.
package enum ShownTarget {
    /// So many letters of base64url in a row are a signature: no value of an option is that long.
    private static let signatureCount = 22

    /// Calls `body` with the parts to show, in order. No allocation: some hundred thousand log
    /// lines a second may have to be written.
    package static func forEachPart(of target: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        // A damaged target may have lost its question mark.
        var position = min(
            index(of: UInt8(ascii: "?"), in: target, from: 0),
            index(of: UInt8(ascii: "="), in: target, from: 0))
        // Cursors and names are as long, and the index takes no signatures.
        let isIndex = isIndex(target)
        var keptFrom = 0
        while position < target.count {
            let name = position + 1  // Behind "?" or "&".
            let next = index(of: UInt8(ascii: "&"), in: target, from: name)
            let equals = index(of: UInt8(ascii: "="), in: target, from: name)
            let isNamed = equals < next && isSecret(target.extracting(name..<equals))
            var hiddenFrom = next
            if isNamed {
                hiddenFrom = equals + 1
            } else if !isIndex {
                hiddenFrom = startOfCode(in: target, from: name, to: next)
            }
            if isNamed, spells("signature", target.extracting(name..<equals)) {
                return body(target.extracting(keptFrom..<hiddenFrom))
            }
            if hiddenFrom < next {
                body(target.extracting(keptFrom..<hiddenFrom))
                keptFrom = next
            }
            position = next
        }
        body(target.extracting(keptFrom..<target.count))
    }

    /// The target as text.
    package static func text(of target: [UInt8]) -> String {
        var shown: [UInt8] = []
        forEachPart(of: target.span) { part in
            for index in part.indices { shown.append(part[index]) }
        }
        return String(decoding: shown, as: UTF8.self)
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

    /// Where a run of letters begins that is long enough for a signature, or `end`.
    private static func startOfCode(in target: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var runStart = start
        for index in start..<max(start, end) {
            guard isLetter(target[index]) else {
                runStart = index + 1
                continue
            }
            if index - runStart + 1 == signatureCount { return runStart }
        }
        return end
    }

    /// Of base64url.
    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The first place of `byte`, or the end.
    private static func index(of byte: UInt8, in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, text[index] != byte { index += 1 }
        return min(index, text.count)
    }

    private static func isSecret(_ name: Span<UInt8>) -> Bool {
        spells("signature", name) || spells("expires", name) || spells("token", name)
            || spells("access_token", name)
    }

    /// Whether `name`, percent-decoded and in lower case, is `word`.
    private static func spells(_ word: String, _ name: Span<UInt8>) -> Bool {
        var index = 0
        for letter in word.utf8 {
            guard index < name.count else { return false }
            var byte = name[index]
            if byte == UInt8(ascii: "%"), index + 2 < name.count,
                let high = nibble(name[index + 1]), let low = nibble(name[index + 2])
            {
                byte = high << 4 | low
                index += 2
            }
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
            guard byte == letter else { return false }
            index += 1
        }
        return index == name.count
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
