internal import Rendition

/// What a worker may still say of its job: the border between the edge and a process that may be
/// somebody else's by now. What was admitted is an answer to what was asked, within its limits;
/// after anything else the worker is ended. A job has at most as many replies as outputs, and one
/// for a master; before each of them the worker may ask once for memory.
package struct Conversation: Sendable {
    private let request: WorkerRequest
    private let outputByteLimit: UInt64
    /// A bit for each output that is still to come.
    private var owed: UInt32
    /// A master may come, once, before everything else.
    private var mayBringMaster: Bool
    /// What the next output's bytes were said to be, where there is memory of their own for them.
    private var room: UInt64?
    /// Of a probe: what came before the facts.
    private var master: RenderedOutput?
    /// Whether everything has been said.
    package private(set) var isOver = false

    package init(_ request: WorkerRequest, outputByteLimit: Int) {
        self.request = request
        self.outputByteLimit = UInt64(max(0, outputByteLimit))
        switch request {
        case .probe(_, _, let wish): (owed, mayBringMaster) = (0, wish != .unwanted)
        case .render(_, let render):
            owed = 1 << UInt32(render.outputs.count) - 1
            mayBringMaster = render.input.isMasterMissing
        }
    }

    /// Whether the reply may come now and says what can be. `false` is the end.
    package mutating func admit(_ reply: WorkerReply) -> Bool {
        guard !isOver, reply.job == request.job else { return false }
        if case .roomWanted(_, let byteCount) = reply {
            guard room == nil, owed != 0 || mayBringMaster, byteCount <= mostBytes
            else { return false }
            room = byteCount
            return true
        }
        guard takes(reply) else { return false }
        room = nil
        return true
    }

    /// Of all but a wish for memory.
    private mutating func takes(_ reply: WorkerReply) -> Bool {
        switch (request, reply) {
        case (.probe(_, let limits, _), .probed(_, let facts)):
            isOver = true
            return limits.allow(facts) && isMaster(of: facts)
        case (.probe, .rendered(_, let output)): return admit(masterOfProbe: output)
        case (.probe, .refused(_, let refusal)):
            isOver = true
            return refusal.output == nil && refusal.reason != .tooCoarse
        case (.render, .mastered(_, let byteCount)):
            defer { mayBringMaster = false }
            return mayBringMaster && isRoom(for: byteCount, pixels: MasterPlan.mostPixels)
        case (.render(_, let render), .rendered(_, let output)):
            mayBringMaster = false
            defer { isOver = owed == 0 }
            return settle(output.index) && isAnswer(output, to: render)
        case (.render(_, let render), .refused(_, let refusal)):
            mayBringMaster = false
            defer { isOver = isOver || owed == 0 }
            guard let index = refusal.output else {
                isOver = true
                return refusal.reason != .tooCoarse
            }
            return settle(index)
                && (refusal.reason != .tooCoarse || render.mayBeTooCoarse(for: Int(index)))
        case (.probe, .mastered), (.render, .probed), (_, .ready), (_, .roomWanted):
            return false
        }
    }

    /// Whether it was owed; it is no more.
    private mutating func settle(_ index: UInt8) -> Bool {
        let bit: UInt32 = 1 << UInt32(index)
        defer { owed &= ~bit }
        return owed & bit != 0
    }

    private mutating func admit(masterOfProbe output: RenderedOutput) -> Bool {
        guard mayBringMaster, output.index == 0, output.format == .jpeg || output.format == .webp
        else { return false }
        mayBringMaster = false
        master = output
        return isRoom(for: output.byteCount, pixels: output.size.pixels)
            && output.size.pixels <= MasterPlan.mostPixels
    }

    /// Whether what came as a master is one of this picture.
    private func isMaster(of facts: ImageFacts) -> Bool {
        guard let master else { return true }
        return MasterPlan(of: facts)?.size == master.size
    }

    private func isAnswer(_ output: RenderedOutput, to render: RenderJob) -> Bool {
        let recipe = render.outputs[Int(output.index)]
        let isOfFormat =
            switch recipe.format {
            case .explicit(let format): output.format == format
            case .fallback, .negotiated: output.format == .jpeg || output.format == .png
            }
        let frames = recipe.animated ? UInt64(render.limits.inputFrames) : 1
        return isOfFormat && recipe.canMake(output.size, limits: render.limits.output)
            && isRoom(for: output.byteCount, pixels: output.size.pixels * max(1, frames))
            && (recipe.maxBytes == 0 || output.byteCount <= UInt64(recipe.maxBytes))
    }

    /// Whether so many bytes can be what an encoder of ours made of so many pixels, and fit the
    /// memory that there is for them.
    private func isRoom(for byteCount: UInt64, pixels: UInt64) -> Bool {
        byteCount <= min(outputByteLimit, room ?? .max, Self.mostBytes(ofPixels: pixels))
    }

    private static func mostBytes(ofPixels pixels: UInt64) -> UInt64 {
        let (bytes, isMore) = pixels.multipliedReportingOverflow(by: 8)
        return isMore ? .max : bytes.addingReportingOverflow(1 << 20).partialValue
    }

    /// Of any output that may come.
    private var mostBytes: UInt64 {
        guard case .render(_, let render) = request, owed != 0
        else { return min(outputByteLimit, Self.mostBytes(ofPixels: MasterPlan.mostPixels)) }
        let isMoving = render.outputs.contains { $0.animated }
        let pixels = max(render.limits.output.pixels, MasterPlan.mostPixels)
        return isMoving
            ? outputByteLimit : min(outputByteLimit, Self.mostBytes(ofPixels: pixels))
    }
}

extension RenderJob {
    /// Where the border of a master is looked for.
    fileprivate func mayBeTooCoarse(for output: Int) -> Bool {
        input.masterOf != nil && outputs[output].trim > 0
    }
}

extension JobLimits {
    /// Whether a picture that passed these limits can be so.
    package func allow(_ facts: ImageFacts) -> Bool {
        let pixels = UInt64(facts.width) * UInt64(facts.height)
        return inputTypes.contains(facts.type) && max(facts.width, facts.height) <= inputSide
            && pixels <= inputPixels && facts.frames <= inputFrames
            && pixels * UInt64(facts.frames) <= inputFramePixels
    }
}

extension WorkerReply {
    /// `nil`: it is about none.
    package var job: JobID? {
        switch self {
        case .probed(let job, _), .rendered(let job, _), .refused(let job, _),
            .mastered(let job, _), .roomWanted(let job, _):
            job
        case .ready: nil
        }
    }
}
