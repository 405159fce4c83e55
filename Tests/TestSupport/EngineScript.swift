internal import Foundation

/// The scripts of `Tests/Engines`, each by the name of what it starts.
enum EngineScript {
    /// Returns its status when it has ended.
    @discardableResult
    static func run(_ engine: String, _ words: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Engines/\(engine)")
        process.arguments = words
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
