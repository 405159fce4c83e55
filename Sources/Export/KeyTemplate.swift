internal import Rendition
package import Text

/// The names under which renditions of an image lie in a bucket:
/// `thumbs/{preset}/{name}.{extension}`.
package struct KeyTemplate: Equatable, Sendable {
    private enum Part: Equatable, Sendable {
        case text(UTF8String)
        case hash, name, preset, owner, fileExtension
    }

    /// Of a name in a bucket.
    private static let longestKey = 1024
    private static let words: [(word: UTF8String, part: Part)] = [
        ("hash", .hash), ("name", .name), ("preset", .preset), ("owner", .owner),
        ("extension", .fileExtension),
    ]

    /// As it was written.
    package let text: String
    private let parts: [Part]

    /// `nil` for one with another word in braces, or without `{hash}` or `{name}`: all images would
    /// have one name.
    package init?(_ text: String) {
        var parts: [Part] = []
        var rest = UTF8String(text).string[...]
        while let open = rest.firstPlace(of: "{") {
            if open != rest.startIndex { parts.append(.text(UTF8String(rest[..<open]))) }
            let behind = Substring(rest[open...].utf8.dropFirst())
            guard let close = behind.firstPlace(of: "}"),
                let part = Self.words.first(where: { $0.word == UTF8String(behind[..<close]) })
            else { return nil }
            parts.append(part.part)
            rest = Substring(behind[close...].utf8.dropFirst())
        }
        if !rest.isEmpty { parts.append(.text(UTF8String(rest))) }
        guard parts.contains(.hash) || parts.contains(.name),
            !text.utf8.contains(where: { $0 < 0x20 })
        else { return nil }
        (self.text, self.parts) = (text, parts)
    }

    /// What all names begin with.
    package var start: UTF8String {
        if case .text(let text)? = parts.first { text } else { "" }
    }

    package var namesFormats: Bool { parts.contains(.fileExtension) }
    package var namesPresets: Bool { parts.contains(.preset) }
    package var namesNames: Bool { parts.contains(.name) }
    /// Whether no other image can have the same name.
    var namesBytes: Bool { parts.contains(.hash) }

    /// - Parameter name: of the image; without one, and where the key would be too long, its hash
    ///   stands for it.
    func key(
        of hash: ContentHash, name: UTF8String?, owner: UTF8String?, preset: ShortName,
        format: OutputFormat
    ) -> UTF8String {
        let stem = name.map(Self.stem) ?? hash.hex
        let (preset, end) = ("\(preset)", "\(format.fileExtension)")
        let key = written(hash, stem, owner, preset, end)
        return UTF8String(
            key.utf8.count <= Self.longestKey
                ? key : written(hash, hash.hex, owner, preset, end))
    }

    /// What images have in common that may have a name in common.
    func stem(of hash: ContentHash, name: UTF8String?, owner: UTF8String?) -> String {
        namesBytes ? hash.hex : written(hash, name.map(Self.stem) ?? hash.hex, owner, "", "")
    }

    private func written(
        _ hash: ContentHash, _ stem: String, _ owner: UTF8String?, _ preset: String,
        _ fileExtension: String
    ) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text.string
            case .hash: hash.hex
            case .name: stem
            case .preset: preset
            case .owner: owner?.string ?? "nobody"
            case .fileExtension: fileExtension
            }
        }.joined()
    }

    /// Without what stands behind the last dot of its last part.
    private static func stem(of name: UTF8String) -> String {
        guard let dot = name.string.lastPlace(of: "."), dot != name.string.startIndex,
            !name.string[dot...].utf8.contains(UInt8(ascii: "/")),
            name.string[..<dot].utf8.last != UInt8(ascii: "/")
        else { return name.string }
        return String(name.string[..<dot])
    }
}
