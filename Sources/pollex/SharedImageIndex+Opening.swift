internal import Configuration
internal import Glibc
internal import ImageIndex
internal import JSON
internal import LinuxIO
internal import PostgreSQL
internal import SharedIndex
internal import Telemetry

extension Configuration {
    /// Of this edge's index, or of its replica of the one that edges share: neither is ever taken
    /// for the other.
    var indexDirectory: String { data + (index.kind == .local ? "/index" : "/replica") }
}

extension SharedImageIndex {
    /// What the configuration names; `nil`: the index is of this edge alone.
    convenience init?(
        _ configuration: Configuration, _ options: LocalImageIndex.Options,
        _ observer: IndexObserver
    ) throws(ImageIndexError) {
        guard let place = configuration.index.place else { return nil }
        try self.init(
            Settings(.init(place), edgeName: Self.hostName),
            directory: configuration.indexDirectory, options: options,
            contact: Contact(tell: observer.take))
        if configuration.originals.bucket == nil { observer.warnOfFiles() }
    }

    /// A replica that is damaged is one to be made again.
    static func open(
        _ configuration: Configuration, _ options: LocalImageIndex.Options,
        _ observer: IndexObserver
    ) throws(ImageIndexError) -> SharedImageIndex? {
        do throws(ImageIndexError) {
            return try SharedImageIndex(configuration, options, observer)
        } catch {
            guard error == .damaged else { throw error }
            observer.take(.other)
            do throws(SystemError) {
                let data = try Directory(existing: configuration.data)
                try data.removeFolder("replica")
                try data.makeDirectory("replica")
            } catch { throw .failed("\(error)") }
            return try SharedImageIndex(configuration, options, observer)
        }
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&name, name.count - 1) == 0 else { return "?" }
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Before a scrape.
    func publish(to metrics: Metrics) {
        metrics.set(.indexCommits, total: commitCount)
        metrics.set(.indexCollisions, total: collisionCount)
        metrics.set(.indexFollowed, total: contact.followedCount)
        metrics.set(.indexAsked, total: askedCount)
        metrics.set(.indexLag, contact.lag)
        metrics.set(.indexStaleness, contact.staleness.map { Int($0.components.seconds) } ?? -1)
    }
}

/// Says when the database of the index goes and comes back.
struct IndexObserver: Sendable {
    private let metrics: Metrics
    private let events: EventLog

    init(_ metrics: Metrics, _ events: EventLog) { (self.metrics, self.events) = (metrics, events) }

    func warnOfFiles() {
        events.log(.warning, "index-shared") { json in
            json.field(
                "reason",
                "edges share the index, and originals.store is files: who has no file of an image "
                    + "can not show it")
        }
    }

    @Sendable func take(_ news: Contact.News) {
        switch news {
        case .away(let reason):
            metrics.set(.indexAway, 1)
            events.log(.error, "index-away") { $0.field("reason", reason) }
        case .back:
            metrics.set(.indexAway, 0)
            events.log(.info, "index-back")
        case .other:
            events.log(.warning, "index-other") { json in
                json.field("reason", "the database is another one, or older: all is read anew")
            }
        }
    }
}
