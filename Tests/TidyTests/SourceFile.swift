import Foundation
import Testing

/// One file of the project, read whole.
struct SourceFile: Sendable, CustomTestStringConvertible {
    /// Relative to the project's root.
    let path: String
    let lines: [String]

    var testDescription: String { path }

    /// The directory under `Sources` or `Tests`: the module's name.
    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let sources = files(under: "Sources", extensions: ["swift"])
    static let tests = files(under: "Tests", extensions: ["swift"])
    static let shims = files(under: "Sources", extensions: ["c", "h"])

    static func text(_ path: String) -> String? {
        try? String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func files(under directory: String, extensions: Set<String>) -> [SourceFile] {
        let base = root.appending(path: directory)
        guard let found = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
        else { return [] }
        return found.compactMap { $0 as? URL }
            .filter { extensions.contains($0.pathExtension) }
            .compactMap { url in
                let path = String(url.path.dropFirst(root.path.count)).drop { $0 == "/" }
                return text(String(path)).map { text in
                    SourceFile(
                        path: String(path),
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false)
                            .map(String.init))
                }
            }
            .sorted { $0.path < $1.path }
    }

    /// The modules its `import` lines name.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard let keyword = words.firstIndex(of: "import"), keyword < 4,
                words[..<keyword].allSatisfy(Self.isImportModifier), keyword + 1 < words.count
            else { return nil }
            let kinds: Set = ["struct", "class", "enum", "func", "typealias", "var", "protocol"]
            let name = kinds.contains(words[keyword + 1]) ? words.last : words[keyword + 1]
            return name?.split(separator: ".").first.map(String.init)
        }
    }

    private static func isImportModifier(_ word: String) -> Bool {
        word.hasPrefix("@")
            || ["public", "package", "internal", "private", "fileprivate"]
                .contains(word)
    }
}
