internal import Rendition

/// What the edge asks of a worker, one job at a time. The input's descriptor comes beside it,
/// unless it lies in the memory that they share.
package enum WorkerRequest: Hashable, Sendable {
    /// Decode the whole input, to prove it and to learn its facts. The last reply is `probed`;
    /// before it comes the input's master as output 0, if one is wanted and worth it.
    case probe(JobID, JobLimits, wantsMaster: Bool)
    /// Decode the input and make the outputs. One reply an output, until the last or until
    /// a refusal of the whole input.
    case render(JobID, RenderJob)

    package var job: JobID {
        switch self {
        case .probe(let job, _, _), .render(let job, _): job
        }
    }

    package var processorSeconds: UInt32 {
        switch self {
        case .probe(_, let limits, _): limits.processorSeconds
        case .render(_, let render): render.limits.processorSeconds
        }
    }

    /// How many bytes of input lie in the shared memory; 0: it is a file.
    package var sharedByteCount: UInt32 {
        switch self {
        case .probe: 0
        case .render(_, let render): render.sharedByteCount
        }
    }

    package var encoded: [UInt8] {
        switch self {
        case .probe(let job, let limits, let wantsMaster):
            var writer = FrameWriter(kind: .probe)
            writer.put(job.value)
            writer.put(limits)
            writer.put(wantsMaster)
            return writer.bytes
        case .render(let job, let render):
            var writer = FrameWriter(kind: .render)
            writer.put(job.value)
            writer.put(render.limits)
            writer.put(render.style)
            writer.put(render.input)
            writer.put(render.sharedByteCount)
            writer.put(UInt8(render.outputs.count))
            for recipe in render.outputs { writer.put(recipe) }
            return writer.bytes
        }
    }

    package init(frame: Span<UInt8>) throws(FrameError) {
        var reader = FrameReader()
        let kind = try reader.kind(from: frame)
        guard kind == .probe || kind == .render else { throw .unknownKind(kind.rawValue) }
        let job = JobID(try reader.integer(from: frame))
        let limits = try reader.limits(from: frame)
        guard kind == .render else {
            let wantsMaster = try reader.flag(from: frame)
            try reader.finish(frame)
            self = .probe(job, limits, wantsMaster: wantsMaster)
            return
        }
        let style = try reader.style(from: frame)
        let input = try reader.input(from: frame)
        let shared = try reader.integer(UInt32.self, from: frame)
        guard shared <= SharedLayout.inputByteCount else { throw .invalidField(.input) }
        let count = Int(try reader.integer(UInt8.self, from: frame))
        guard 1...RenderJob.maxOutputs ~= count else { throw .invalidField(.outputs) }
        var outputs: [Recipe] = []
        for _ in 0..<count { outputs.append(try reader.recipe(from: frame)) }
        try reader.finish(frame)
        self = .render(
            job,
            RenderJob(
                outputs: outputs, of: input, limits: limits, style: style,
                sharedByteCount: shared))
    }
}
