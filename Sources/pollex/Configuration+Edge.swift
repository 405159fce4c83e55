internal import Answers
internal import Configuration
internal import Edge
internal import HTTP
internal import HTTPServer
internal import ImageAPI
internal import LinuxIO
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
        var server = ServerLimits()
        server.head = HeadLimits(
            targetByteCount: limits.targetBytes, headByteCount: limits.headBytes)
        server.connections = min(
            limits.connections, descriptorCount - leastDescriptorCount + Self.leastConnectionCount)
        server.connectionsPerAddress = limits.connectionsPerAddress
        server.idleSeconds = limits.idle.wholeSeconds
        server.headSeconds = limits.head.wholeSeconds
        server.bodyMinimumBytesPerSecond = UInt64(limits.bodyMinimumBytesPerSecond)
        server.bodyGraceSeconds = limits.bodyGrace.wholeSeconds
        server.sendMinimumBytesPerSecond = UInt64(limits.sendMinimumBytesPerSecond)
        server.sendGraceSeconds = limits.sendGrace.wholeSeconds
        return server
    }

    /// Who are served even with the fewest descriptors that the edge starts with.
    private static let leastConnectionCount = 16

    /// For the stores, files under way and standard streams 160, for a loop its listener and two of
    /// its own, for a worker four and the file it is given.
    var leastDescriptorCount: Int {
        160 + 3 * (loopCount + 1) + 5 * (workerCount + 1) + Self.leastConnectionCount
    }

    var loopCount: Int { loops == 0 ? Allowance.own.coreCount : loops }

    /// One a core, and no more than the memory is enough for.
    private var workerCount: Int {
        guard workers == 0 else { return workers }
        let own = Allowance.own
        return max(1, min(own.coreCount, own.memoryByteCount / Self.memoryOfAWorker))
    }

    /// What one takes of it at ordinary pictures, with its part of what all share.
    private static let memoryOfAWorker = 320 << 20

    var workerSettings: WorkerConfiguration {
        var settings = WorkerConfiguration(
            program: Process.programDirectory + "/pollex-worker",
            concurrency: workerCount)
        settings.jobsPerProcess = limits.workerJobs
        settings.memoryByteLimit = limits.workerMemoryBytes
        settings.dispensableWalls = dispensableWalls
        settings.environment = ["SWIFT_BACKTRACE=enable=no"]
        return settings
    }

    func edgeSettings(_ watermarks: LoadedWatermarks) -> EdgeServices.Settings {
        var settings = EdgeServices.Settings()
        settings.policy = policy(watermarks: watermarks.watermarks)
        settings.rendering.watermarks = watermarks.store
        settings.policy.negotiated = []
        for format in delivery.formats {
            settings.policy.negotiated.insert(format == .avif ? .avif : .webp)
        }
        settings.rendering.limits = JobLimits(
            inputPixels: UInt64(limits.inputPixels), inputFramePixels: UInt64(limits.inputPixels),
            inputSide: UInt32(clamping: limits.inputSide),
            inputFrames: UInt32(clamping: limits.inputFrames),
            inputPixelsPerByte: UInt32(clamping: limits.inputPixelsPerByte),
            processorSeconds: UInt32(clamping: limits.jobProcessor.components.seconds),
            inputTypes: EnumSet(limits.inputTypes.compactMap { ImageType(word: $0.rawValue) }),
            output: settings.policy.limits)
        settings.rendering.style = style
        settings.rendering.jobTimeout = limits.job
        settings.rendering.queueJobs = limits.queueJobs
        settings.rendering.queueBytes = limits.queueBytes
        settings.images.uploadByteLimit = limits.uploadBytes
        settings.images.form.byteCount = limits.formBytes
        settings.images.form.partCount = limits.formParts
        settings.images.form.headByteCount = limits.formHeadBytes
        settings.quotas.addressRequestsPerSecond = quotas.addressRequestsPerSecond
        settings.quotas.addressBytesPerDay = quotas.addressBytesPerDay
        settings.quotas.tokenRequestsPerSecond = quotas.tokenRequestsPerSecond
        settings.quotas.tokenBytesPerDay = quotas.tokenBytesPerDay
        settings.quotas.deliveryRequestsPerSecond = quotas.deliveryRequestsPerSecond
        settings.crossOrigin = CrossOrigin(
            origins: cors.origins, allowsCredentials: cors.credentials == .on)
        settings.servesOriginals = delivery.originals != .off
        // It was read once already, and the pictures have no say in how a URL is spelt.
        guard let sizes = try? sizePolicy(watermarks: watermarks.watermarks)
        else { preconditionFailure("a list of sizes that was not read at the start") }
        settings.gate = URLGate(
            sizes: sizes, originalsAreSigned: delivery.originals == .signed,
            keys: urlKeys)
        settings.takesClientHints = delivery.clientHints == .on
        settings.logsAccess = log.access == .stdout
        return settings
    }

    private var style: Style {
        var style = Style()
        style.quality = QualityDefaults(
            jpeg: UInt8(delivery.quality.jpeg), webp: UInt8(delivery.quality.webp),
            avif: UInt8(delivery.quality.avif), jxl: UInt8(delivery.quality.jxl))
        style.quality.smallSide = UInt16(delivery.quality.smallSide)
        style.quality.smallMore = UInt8(delivery.quality.smallMore)
        style.keepsDisplayP3 = delivery.colors == .p3
        style.isLinear = delivery.light == .linear
        style.keepsRights = delivery.rights == .keep
        return style
    }

    var urlKeys: URLKeys {
        URLKeys(delivery.signingKeys.map { ($0.id.string, $0.secret.bytes) })
    }

    var dispensableWalls: EnumSet<Wall> {
        EnumSet(
            Wall.allCases.filter { wall in
                sandbox.allowMissing.contains { $0.rawValue == wall.word.description }
            })
    }
}

extension Duration {
    fileprivate var wholeSeconds: UInt64 { UInt64(max(0, components.seconds)) }
}
