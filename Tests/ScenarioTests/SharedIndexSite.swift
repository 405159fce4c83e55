import Foundation
import TestSupport
import Testing

/// Edges that share an index. Without a bucket each has files of its own: what is uploaded to all
/// of them all have.
struct SharedIndexSite {
    let engine: DatabaseEngine
    let place: String
    private let folders: [Scratch]
    private let originals: [String: String]

    /// - Parameter engine: `nil`: the one that all tests share.
    init(
        edges count: Int, _ engine: DatabaseEngine? = nil, originals store: StoreEngine? = nil
    ) throws {
        originals = store?.settings(prefix: StoreEngine.emptyPrefix()) ?? [:]
        self.engine = try engine ?? #require(DatabaseEngine.shared)
        place = try engine?.place() ?? self.engine.emptyDatabase()
        folders = try (0..<count).map { _ in try Scratch() }
    }

    var settings: [String: String] { settings(place) }

    func settings(_ place: String) -> [String: String] {
        originals.merging(["INDEX_STORE": "postgresql", "INDEX_POSTGRESQL": place]) { $1 }
    }

    func start(_ number: Int, _ more: [String: String] = [:]) throws -> Edge {
        try Edge(folder: folders[number], settings: settings.merging(more) { $1 })
    }

    func start(_ more: [String: String] = [:]) throws -> [Edge] {
        try folders.indices.map { try start($0, more) }
    }
}

extension Edge {
    /// Waits until readiness has this in it, whatever its status.
    func readiness(says word: String) throws -> Answer? {
        var last: Answer?
        let isSo = try waits {
            last = try ask("GET", "/readyz", admin: true)
            return last?.text.contains(word) == true
        }
        return isSo ? last : nil
    }
}
