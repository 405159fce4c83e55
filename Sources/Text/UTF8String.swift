/// A text that is its bytes: equal, ordered and hashed by its UTF-8 code units, as file systems,
/// stores and the protocols compare names.
///
/// `String` compares by canonical equivalence and counts by graphemes: two names that are other
/// bytes can be one key there, and a comma before a combining mark separates nothing. So what
/// decides about a name – whose an image is, which file is meant, whether a key comes twice – holds
/// it as this type, and what takes outside text apart does it here or on `utf8`.
package struct UTF8String: Sendable {
    /// For showing and for calls that take a path; never for comparing.
    package let string: String

    package init(_ string: some StringProtocol) { self.string = String(string) }

    /// `nil` for bytes that are no UTF-8.
    package init?(validating bytes: some Sequence<UInt8>) {
        guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
        self.string = string
    }

    package var utf8: String.UTF8View { string.utf8 }
    package var isEmpty: Bool { string.isEmpty }
}

extension UTF8String: Comparable {
    package static func == (left: UTF8String, right: UTF8String) -> Bool {
        left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
    }

    package static func < (left: UTF8String, right: UTF8String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}

extension UTF8String: Hashable {
    package func hash(into hasher: inout Hasher) {
        var text = string
        text.withUTF8 { bytes in
            hasher.combine(bytes.count)
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
    }
}

extension UTF8String: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) { string = value }
}

extension UTF8String: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String { string }
    package var debugDescription: String { string.debugDescription }
}

// MARK: Showing

extension StringProtocol {
    /// On one line of a terminal or a log: what would move a cursor, end the line, turn the
    /// direction of reading or be taken for a command stands as `\u{1b}` (CWE-150).
    package var visible: String {
        guard unicodeScalars.contains(where: \.isCommand) else { return String(self) }
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isCommand {
                shown += "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }
}

extension Unicode.Scalar {
    /// Controls of ASCII and of ISO 8859, line and paragraph separators, and the marks that
    /// override or isolate a direction (UAX 9).
    fileprivate var isCommand: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

// MARK: Taking apart

extension UTF8String {
    package func starts(with prefix: UTF8String) -> Bool { utf8.starts(with: prefix.utf8) }

    package func ends(with suffix: UTF8String) -> Bool {
        utf8.reversed().starts(with: suffix.utf8.reversed())
    }

    /// What follows a beginning; `nil` where it begins otherwise.
    package func after(_ prefix: UTF8String) -> UTF8String? {
        starts(with: prefix) ? UTF8String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
    }

    /// What precedes an end; `nil` where it ends otherwise.
    package func before(_ suffix: UTF8String) -> UTF8String? {
        ends(with: suffix) ? UTF8String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
    }

    package func contains(_ part: UTF8String) -> Bool {
        let (bytes, part) = (Array(utf8), Array(part.utf8))
        guard part.count <= bytes.count else { return false }
        return (0...bytes.count - part.count).contains { bytes[$0...].starts(with: part) }
    }

    /// In small letters, for a search that takes no notice of case.
    package var lowercased: UTF8String { UTF8String(string.lowercased()) }
}

extension StringProtocol {
    /// What stands between the places of an ASCII character, empty parts left out unless they are
    /// wanted.
    package func fields(
        separatedBy separator: Unicode.Scalar, maxSplits: Int = .max, keepsEmpty: Bool = false
    ) -> [Substring] {
        let text = Substring(self)
        return text.utf8.split(
            separator: UInt8(ascii: separator), maxSplits: maxSplits,
            omittingEmptySubsequences: !keepsEmpty
        ).map { Substring($0) }
    }

    /// Without the blanks, tabs and line ends around it.
    package var withoutOuterBlanks: Substring {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
        var bytes = Substring(self).utf8
        while let first = bytes.first, isBlank(first) { bytes.removeFirst() }
        while let last = bytes.last, isBlank(last) { bytes.removeLast() }
        return Substring(bytes)
    }

    /// Where an ASCII character stands first.
    package func firstPlace(of character: Unicode.Scalar) -> Index? {
        utf8.firstIndex(of: UInt8(ascii: character))
    }

    /// Where an ASCII character stands last.
    package func lastPlace(of character: Unicode.Scalar) -> Index? {
        Substring(self).utf8.lastIndex(of: UInt8(ascii: character))
    }
}
