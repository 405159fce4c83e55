import Foundation
import Glibc
import TestSupport

/// The network between edges and their database, which can stop.
final class DatabaseRelay {
    struct DidNotStart: Error {}

    /// How the database is reached over it.
    let place: String
    private let process = Process()
    private let lines = LineCollector()

    /// - Parameter place: of the database, on this machine.
    init(to place: String) throws {
        let words = place.split(separator: " ")
        guard let far = words.first(where: { $0.hasPrefix("port=") }) else { throw DidNotStart() }
        process.executableURL = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Engines/relay")
        process.arguments = [String(far.dropFirst("port=".count))]
        process.standardOutput = lines.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        lines.start()
        guard let port = lines.await(seconds: 120, where: { _ in true }) else {
            throw DidNotStart()
        }
        self.place = place.replacing(far, with: "port=\(port)")
    }

    deinit {
        _ = kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// From now on nothing comes through, and nobody is told.
    func stop() { _ = kill(process.processIdentifier, SIGSTOP) }
    func goOn() { _ = kill(process.processIdentifier, SIGCONT) }
}
