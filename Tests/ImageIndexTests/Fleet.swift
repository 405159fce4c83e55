import Events
import LinuxIO
import PostgreSQL
import Rendition
import SharedIndex
import Synchronization
import TestSupport
import Testing

@testable import ImageIndex

/// Edges that share an index, each with a replica of its own.
final class Fleet: Sendable {
    let scratch: Scratch
    let engine: DatabaseEngine
    let information: String
    let gone = Mutex<[String: [ContentHash]]>([:])
    let news = Mutex<[String: [Contact.News]]>([:])

    /// - Parameter engine: `nil`: the one that all tests share.
    init(_ engine: DatabaseEngine? = nil) throws {
        scratch = try Scratch()
        self.engine = try engine ?? #require(DatabaseEngine.shared)
        information = try engine?.place() ?? self.engine.emptyDatabase()
    }

    /// - Parameters:
    ///   - name: of its replica too: who has the name of one that was closed goes on with that.
    ///   - milliseconds: for which it waits for an answer.
    func edge(
        _ name: String, at place: String? = nil, milliseconds: Int = 60_000,
        subscribers: [Subscriber] = [], verdicts: Int = 1_000_000, mapByteCount: Int = 1 << 28,
        follows: Bool = true
    ) throws -> SharedImageIndex {
        let directory = scratch.path(name)
        _ = try Directory(at: directory)
        var line = Line.Place(place ?? information)
        (line.connectMilliseconds, line.answerMilliseconds) = (milliseconds, milliseconds)
        var options = LocalImageIndex.Options()
        options.subscribers = subscribers
        options.mapByteCount = mapByteCount
        options.maximumVerdictCount = verdicts
        var settings = SharedImageIndex.Settings(line, edgeName: name)
        settings.listingStaleness = .seconds(3600)
        settings.claimTime = .seconds(3600)
        let index = try SharedImageIndex(
            settings, directory: directory, options: options,
            contact: Contact { news in
                self.news.withLock { $0[name, default: []].append(news) }
            })
        guard follows else { return index }
        try index.start { hashes in self.gone.withLock { $0[name, default: []] += hashes } }
        index.waitForContact(milliseconds: 60_000)
        return index
    }

    func line() -> Line {
        var place = Line.Place(information)
        (place.connectMilliseconds, place.answerMilliseconds) = (60_000, 60_000)
        return Line(place)
    }
}
