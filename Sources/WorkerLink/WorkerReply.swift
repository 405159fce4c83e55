internal import Rendition

/// What a worker tells the edge.
package enum WorkerReply: Hashable, Sendable {
    case probed(JobID, ImageFacts)
    /// One output.
    case rendered(JobID, RenderedOutput)
    case refused(JobID, Refusal)
    /// The master that was missing, before the first output.
    case mastered(JobID, byteCount: UInt64)
    /// The next output, or the master, has so many bytes, and the shared memory no room for them:
    /// the edge answers with a `RoomGrant`.
    case roomWanted(JobID, byteCount: UInt64)
    /// Once, before the first job.
    case ready(processID: UInt32, Greeting)

    package var encoded: [UInt8] {
        switch self {
        case .probed(let job, let facts):
            var writer = FrameWriter(kind: .probed)
            writer.put(job.value)
            writer.put(facts)
            return writer.bytes
        case .rendered(let job, let output):
            var writer = FrameWriter(kind: .rendered)
            writer.put(job.value)
            writer.put(output)
            return writer.bytes
        case .refused(let job, let refusal):
            var writer = FrameWriter(kind: .refused)
            writer.put(job.value)
            writer.put(refusal.reason.rawValue)
            writer.put(refusal.output ?? UInt8.max)
            writer.put(refusal.detail, limit: Refusal.maxDetailBytes)
            return writer.bytes
        case .mastered(let job, let byteCount):
            var writer = FrameWriter(kind: .mastered)
            writer.put(job.value)
            writer.put(byteCount)
            return writer.bytes
        case .roomWanted(let job, let byteCount):
            var writer = FrameWriter(kind: .roomWanted)
            writer.put(job.value)
            writer.put(byteCount)
            return writer.bytes
        case .ready(let processID, let greeting):
            var writer = FrameWriter(kind: .ready)
            writer.put(processID)
            writer.put(greeting.walls.bits)
            writer.put(greeting.versions, limit: Greeting.maxVersionsBytes)
            return writer.bytes
        }
    }

    package init(frame: Span<UInt8>) throws(FrameError) {
        var reader = FrameReader()
        switch try reader.kind(from: frame) {
        case .probed:
            self = .probed(
                JobID(try reader.integer(from: frame)), try reader.facts(from: frame))
        case .rendered:
            self = .rendered(
                JobID(try reader.integer(from: frame)), try reader.output(from: frame))
        case .refused:
            self = .refused(
                JobID(try reader.integer(from: frame)), try reader.refusal(from: frame))
        case .mastered:
            let job = JobID(try reader.integer(from: frame))
            self = .mastered(job, byteCount: try reader.byteCount(from: frame))
        case .roomWanted:
            let job = JobID(try reader.integer(from: frame))
            self = .roomWanted(job, byteCount: try reader.byteCount(from: frame))
        case .ready:
            self = .ready(
                processID: try reader.integer(from: frame), try reader.greeting(from: frame))
        case .probe: throw .unknownKind(FrameKind.probe.rawValue)
        case .render: throw .unknownKind(FrameKind.render.rawValue)
        case .room: throw .unknownKind(FrameKind.room.rawValue)
        }
        try reader.finish(frame)
    }
}
