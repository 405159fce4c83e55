import Foundation
import Testing

/// What `Package.swift` declares, read as text.
enum Manifest {
    /// The names a Swift target of the product depends on, by target.
    static func targets() throws -> [String: Set<String>] { try found.get() }

    private static let found = Result { try read() }

    private static func read() throws -> [String: Set<String>] {
        let text = try #require(SourceFile.text("Package.swift"))
        let declaration = /\b(?:module|program)\(\s*"([^"]+)"\s*(?:,\s*\[([^\]]*)\])?/
        var found: [String: Set<String>] = [:]
        for match in text.matches(of: declaration) {
            let list = match.output.2 ?? ""
            found[String(match.output.1)] = Set(
                list.matches(of: /"([^"]+)"/).map { String($0.output.1) })
        }
        return found
    }
}
