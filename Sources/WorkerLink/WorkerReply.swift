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

extension FrameWriter {
    mutating func put(_ facts: ImageFacts) {
        put(facts.type.rawValue)
        put(facts.width)
        put(facts.height)
        put(facts.orientation)
        put(facts.frames)
        put(facts.hasAlpha)
        put(facts.colorSpace.rawValue)
        put(facts.isFar)
        put(facts.bitDepth)
        put(facts.isProgressive)
        put(facts.capturedAt != nil)
        put(UInt64(bitPattern: facts.capturedAt ?? 0))
        put(facts.likeness != nil)
        if let likeness = facts.likeness { put(likeness) }
    }

    private mutating func put(_ likeness: Likeness) {
        put(UInt8(likeness.thumbHash.count))
        for byte in likeness.thumbHash { put(byte) }
        put(likeness.dominantColor ?? UInt32.max)
        put(likeness.perceptualHash)
    }

    mutating func put(_ output: RenderedOutput) {
        put(output.index)
        put(output.width)
        put(output.height)
        put(output.format.rawValue)
        put(output.byteCount)
        put(output.timings.decode)
        put(output.timings.resize)
        put(output.timings.encode)
        put(output.decodes)
        put(output.isOfMaster)
    }
}

extension FrameReader {
    mutating func facts(from frame: Span<UInt8>) throws(FrameError) -> ImageFacts {
        var facts = ImageFacts(
            type: try value(.imageType, from: frame), width: try integer(from: frame),
            height: try integer(from: frame), orientation: try integer(from: frame),
            frames: try integer(from: frame), hasAlpha: try flag(from: frame),
            colorSpace: try value(.colorSpace, from: frame), isFar: try flag(from: frame),
            bitDepth: try integer(from: frame), isProgressive: try flag(from: frame))
        let isDated = try flag(from: frame)
        let capturedAt = Int64(bitPattern: try integer(from: frame))
        guard isDated || capturedAt == 0 else { throw .invalidField(.flag) }
        if isDated {
            guard PictureBounds.captureSeconds.contains(capturedAt)
            else { throw .invalidField(.time) }
            facts.capturedAt = capturedAt
        }
        guard 1...8 ~= facts.orientation else { throw .invalidField(.orientation) }
        guard
            PictureBounds.contain(
                width: Int(facts.width), height: Int(facts.height), frames: Int(facts.frames)),
            1...32 ~= facts.bitDepth
        else { throw .invalidField(.size) }
        if try flag(from: frame) { facts.likeness = try likeness(from: frame) }
        return facts
    }

    private mutating func likeness(from frame: Span<UInt8>) throws(FrameError) -> Likeness {
        let count = try integer(UInt8.self, from: frame)
        guard count <= Likeness.maxThumbHashBytes else { throw .invalidField(.likeness) }
        var thumbHash: [UInt8] = []
        for _ in 0..<count { thumbHash.append(try integer(from: frame)) }
        let color = try integer(UInt32.self, from: frame)
        guard color <= 0xFF_FFFF || color == .max else { throw .invalidField(.likeness) }
        return Likeness(
            thumbHash: thumbHash, dominantColor: color == .max ? nil : color,
            perceptualHash: try integer(from: frame))
    }

    mutating func output(from frame: Span<UInt8>) throws(FrameError) -> RenderedOutput {
        let output = RenderedOutput(
            index: try integer(from: frame), width: try integer(from: frame),
            height: try integer(from: frame), format: try value(.format, from: frame),
            byteCount: try integer(from: frame),
            timings: RenderedOutput.Timings(
                decode: try integer(from: frame), resize: try integer(from: frame),
                encode: try integer(from: frame)),
            decodes: try integer(from: frame), isOfMaster: try flag(from: frame))
        guard Int(output.index) < RenderJob.maxOutputs else { throw .invalidField(.outputs) }
        guard 1...OutputLimits.encoderSide ~= Int(output.width),
            1...OutputLimits.encoderSide ~= Int(output.height),
            1...RenderedOutput.maxByteCount ~= output.byteCount
        else { throw .invalidField(.size) }
        guard output.timings.isPossible else { throw .invalidField(.time) }
        guard Int(output.decodes) <= RenderJob.maxOutputs else { throw .invalidField(.decodes) }
        return output
    }

    mutating func byteCount(from frame: Span<UInt8>) throws(FrameError) -> UInt64 {
        let count = try integer(UInt64.self, from: frame)
        guard 1...RenderedOutput.maxByteCount ~= count else { throw .invalidField(.size) }
        return count
    }

    mutating func greeting(from frame: Span<UInt8>) throws(FrameError) -> Greeting {
        let walls = EnumSet<Wall>(bits: try integer(from: frame))
        guard walls == EnumSet(Wall.allCases.filter(walls.contains))
        else { throw .invalidField(.walls) }
        return Greeting(
            versions: try text(.versions, limit: Greeting.maxVersionsBytes, from: frame),
            walls: walls)
    }

    mutating func refusal(from frame: Span<UInt8>) throws(FrameError) -> Refusal {
        let reason: RefusalReason = try value(.reason, from: frame)
        let output = try integer(UInt8.self, from: frame)
        guard output == UInt8.max || Int(output) < RenderJob.maxOutputs
        else { throw .invalidField(.outputs) }
        let detail = try text(.detail, limit: Refusal.maxDetailBytes, from: frame)
        return Refusal(reason, output: output == UInt8.max ? nil : output, detail: detail)
    }
}
