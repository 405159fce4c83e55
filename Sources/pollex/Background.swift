internal import Configuration
internal import Edge
internal import Ingest
internal import Telemetry

/// What the edge does by itself, besides answering.
struct Background {
    private let drop: DropFolder?

    init(
        _ configuration: Configuration, services: EdgeServices, events: EventLog
    ) throws(StartError) {
        guard let directory = configuration.drop.directory else {
            drop = nil
            return
        }
        var settings = DropFolder.Settings(
            directory: directory, byteLimit: configuration.limits.uploadBytes)
        settings.owner = configuration.drop.owner
        settings.settlingTime = configuration.drop.settling
        do throws(DropFolder.OpeningError) {
            drop = try services.openDropFolder(settings, events: events)
        } catch {
            switch error {
            case .inUse:
                throw .storage(directory: directory, reason: "another edge takes its files")
            case .failed(let reason): throw .storage(directory: directory, reason: "\(reason)")
            }
        }
    }

    /// Before a scrape.
    func refreshGauges(_ metrics: Metrics) {
        metrics.set(.dropWaiting, drop?.waitingCount ?? 0)
    }

    /// Begins nothing more.
    func beginStopping() { drop?.beginStopping() }

    /// Waits for what is under way, after `beginStopping`.
    func waitUntilStopped(milliseconds: Int) { drop?.waitUntilStopped(milliseconds: milliseconds) }
}
