internal import Answers
internal import Configuration
internal import Digest
internal import Edge
internal import Export
internal import HTTPServer
internal import ImageAPI
internal import LinuxIO
internal import ObjectStore
internal import Permission
internal import Rendering
internal import Rendition
internal import Text
internal import WorkerLink
internal import Workers

/// What the configuration means to each part.
extension Configuration {
    /// - Parameter descriptorCount: what the process may have. Some are for files, workers and the
    ///   listeners themselves.
    func serverLimits(descriptors descriptorCount: Int) -> ServerLimits {
        var server = server
        server.connections = min(
            server.connections, descriptorCount - leastDescriptorCount + Self.leastConnectionCount)
        return server
    }

    /// Who are served even with the fewest descriptors that the edge starts with.
    private static let leastConnectionCount = 16

    /// For the stores, files under way and standard streams 160, for a loop its listener and two of
    /// its own, for a worker four and the file it is given, for a request to a bucket a socket and
    /// a file.
    var leastDescriptorCount: Int {
        let bucket = originals.bucket == nil ? 0 : 2 * originals.client.connections
        let others = 2 * ObjectClient.Settings().connections * buckets.count
        return 160 + bucket + others + 3 * (loopCount + 1) + 5 * (workerCount + 1)
            + Self.leastConnectionCount
    }

    var loopCount: Int { loops == 0 ? Allowance.own.coreCount : loops }

    /// One a core, and no more than the memory is enough for.
    private var workerCount: Int {
        guard workers.concurrency == 0 else { return workers.concurrency }
        let own = Allowance.own
        return max(1, min(own.coreCount, own.memoryByteCount / Self.memoryOfAWorker))
    }

    /// What one takes of it at ordinary pictures, with its part of what all share.
    private static let memoryOfAWorker = 320 << 20

    var workerSettings: WorkerConfiguration {
        var settings = workers
        settings.program = Process.programDirectory + "/pollex-worker"
        settings.concurrency = workerCount
        settings.environment = ["SWIFT_BACKTRACE=enable=no"]
        return settings
    }

    func edgeSettings(_ watermarks: LoadedWatermarks) -> EdgeServices.Settings {
        var settings = EdgeServices.Settings()
        settings.policy = policy(watermarks: watermarks.watermarks)
        settings.rendering = rendering
        settings.rendering.watermarks = watermarks.store
        settings.rendering.limits.output = renditions.limits
        (settings.images, settings.quotas) = (images, quotas)
        settings.images.eventTopics = storeEvents.topics
        settings.images.eventSecret = storeEvents.secret.map { SHA256Digest(of: Array($0.utf8)) }
        settings.crossOrigin = crossOrigin
        settings.exportsByName = exports.contains(where: \.key.namesNames)
        settings.servesOriginals = delivery.originals != .off
        settings.servesConsole = servesConsole
        settings.publicOrigin = publicOrigin ?? ""
        // It was read once already, and the pictures have no say in how a URL is spelt.
        guard let sizes = try? sizePolicy(watermarks: watermarks.watermarks)
        else { preconditionFailure("a list of sizes that was not read at the start") }
        settings.gate = URLGate(
            sizes: sizes, originalsAreSigned: delivery.originals == .signed,
            keys: urlKeys)
        settings.takesClientHints = delivery.takesClientHints
        settings.logsAccess = logsAccess
        if index.kind == .postgresql, index.maximumStaleness > .zero {
            settings.maximumStaleness = index.maximumStaleness
        }
        return settings
    }

    var urlKeys: URLKeys {
        URLKeys(delivery.signingKeys.map { ($0.id.string, $0.secret.bytes) })
    }
}
