/// The few fields of an XMP packet (ISO 16684-1) that say whose a picture is, on what terms it is
/// to be had, and whether it was generated: what people, search engines and laws ask for.
///
/// Not a reader of XML: fields are looked for by their usual names, as an attribute, as the text of
/// an element, or as that of the first item of its list. What is written otherwise is not found.
package struct XMPFields: Equatable, Sendable {
    package enum Field: String, CaseIterable, Sendable {
        case creator = "dc:creator"
        case rights = "dc:rights"
        case credit = "photoshop:Credit"
        case webStatement = "xmpRights:WebStatement"
        case licensorURL = "plus:LicensorURL"
        case digitalSourceType = "Iptc4xmpExt:DigitalSourceType"
    }

    package private(set) var values: [Field: String] = [:]

    package static let most = 512
    /// More of a packet is not read: those with edit histories are megabytes.
    static let readBytes = 65_536

    package init() {}

    package init(packet: [UInt8]) {
        let bytes = Array(packet.prefix(Self.readBytes))
        for field in Field.allCases {
            if let value = Self.value(of: field, in: bytes) { self[field] = value }
        }
    }

    /// Only what may be shown as it is goes in.
    package subscript(_ field: Field) -> String? {
        get { values[field] }
        set {
            guard let newValue, Self.isPlain(newValue) else { return }
            values[field] = newValue
        }
    }

    /// What a browser or an interpreter could take for code is nobody's name.
    package static func isPlain(_ text: some StringProtocol) -> Bool {
        (1...most).contains(text.utf8.count) && text.utf8.contains { $0 != 0x20 }
            && !zip(text.utf8, text.utf8.dropFirst()).contains {
                $0 == (UInt8(ascii: "?"), UInt8(ascii: ">"))
            }
            && text.unicodeScalars.allSatisfy {
                $0 != "<" && $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value)
            }
    }

    private static func value(of field: Field, in bytes: [UInt8]) -> String? {
        let name = Array(field.rawValue.utf8)
        var start = 0
        while let found = find(name, in: bytes, from: start) {
            start = found + name.count
            guard start < bytes.count else { return nil }
            if bytes[start] == UInt8(ascii: "="), start + 1 < bytes.count {
                let quote = bytes[start + 1]
                guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { continue }
                return text(bytes, from: start + 2, to: quote)
            }
            if found > 0, bytes[found - 1] == UInt8(ascii: "<") {
                return elementText(bytes, from: start)
            }
        }
        return nil
    }

    /// The first text behind an element's head, past heads of lists and of their items.
    private static func elementText(_ bytes: [UInt8], from start: Int) -> String? {
        var offset = start
        for _ in 0..<4 {
            guard let end = find([UInt8(ascii: ">")], in: bytes, from: offset),
                end == offset || bytes[end - 1] != UInt8(ascii: "/")
            else { return nil }
            offset = end + 1
            while offset < bytes.count, bytes[offset] <= 0x20 { offset += 1 }
            guard offset < bytes.count else { return nil }
            if bytes[offset] != UInt8(ascii: "<") {
                return text(bytes, from: offset, to: UInt8(ascii: "<"))
            }
            if offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "/") { return nil }
        }
        return nil
    }

    private static func text(_ bytes: [UInt8], from start: Int, to mark: UInt8) -> String? {
        guard let end = bytes[start...].prefix(4 * most).firstIndex(of: mark) else { return nil }
        var text = String(decoding: bytes[start..<end], as: UTF8.self)
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        // Ampersands last: what they make is text.
        for (name, letter) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&"),
        ] {
            text = text.split(separator: name, omittingEmptySubsequences: false).joined(
                separator: letter)
        }
        return text
    }

    private static func find(_ name: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = name.first else { return nil }
        var offset = start
        while let found = bytes[min(offset, bytes.count)...].firstIndex(of: first) {
            if found + name.count > bytes.count { return nil }
            if bytes[found..<found + name.count].elementsEqual(name) { return found }
            offset = found + 1
        }
        return nil
    }
}
