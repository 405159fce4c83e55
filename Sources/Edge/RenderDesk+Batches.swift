internal import Coalescing
internal import LinuxIO
internal import Originals
internal import Rendition
internal import Synchronization
internal import Telemetry
internal import WorkerLink
internal import Workers

/// The workers' side: called on the pool's thread.
extension RenderDesk {
    /// The next job for a free worker.
    func nextJob() -> WorkerJob? {
        while true {
            let now = Clock.monotonic()
            let turn = state.withLock { state in state.nextBatch(now: now) }
            switch turn {
            case nil: return nil
            case .expired(let job):
                metrics.count(.jobsPastDeadline)
                job.fail(.timedOut)
            case .run(let number, let jobs):
                if let job = start(number, jobs) { return job }
            }
        }
    }

    private func start(_ number: UInt64, _ jobs: [DeskJob]) -> WorkerJob? {
        guard let first = jobs.first else { preconditionFailure("an empty batch") }
        let now = Clock.monotonicNanoseconds()
        for job in jobs {
            metrics.record(.queueWait, .nanoseconds(Int64(now &- job.offeredAt)))
        }
        let frame: [UInt8]
        let input: SharedDescriptor
        switch first.work {
        case .probe(let file, _):
            frame = WorkerRequest.probe(JobID(number), settings.limits).encoded
            input = file
        case .rendition(let order, _):
            guard let file = try? originals.open(order.key.original) else {
                metrics.count(.integrityFailures)
                finish(number, failing: .originalUnreadable)
                return nil
            }
            input = SharedDescriptor(file.takeDescriptor())
            frame =
                WorkerRequest.render(
                    JobID(number),
                    RenderJob(
                        outputs: jobs.compactMap(\.recipe), limits: settings.limits,
                        quality: settings.quality)
                ).encoded
            metrics.count(.decodesOfOriginal)
        }
        let deadline = jobs.map(\.deadline).max() ?? .zero
        return WorkerJob(
            id: JobID(number), frame: frame, input: input, replyCount: jobs.count,
            deadlineNanoseconds: deadline.wholeNanoseconds
        ) { [weak self] event in
            self?.take(event, of: number)
        }
    }

    private func take(_ event: JobEvent, of number: UInt64) {
        switch event {
        case .probed(let facts):
            if case .probe(_, let answer)? = takeMember(0, of: number)?.work {
                answer.give(.facts(facts))
            }
        case .rendered(let output, let bytes):
            guard let job = takeMember(Int(output.index), of: number),
                case .rendition(let order, let landing) = job.work
            else { return }
            let batch = state.withLock { $0.batches[number] }
            var timing = JobTiming()
            timing.queue = Self.microseconds(from: job.offeredAt, to: batch?.startedAt)
            timing.job = Self.microseconds(
                from: batch?.startedAt ?? 0, to: Clock.monotonicNanoseconds())
            timing.decode = output.timings.decode
            timing.resize = output.timings.resize
            timing.encode = output.timings.encode
            finisher.finish(order, output, bytes, timing, landing: landing, flights: flights)
        case .refused(let refusal):
            if let index = refusal.output {
                if let job = takeMember(Int(index), of: number) { refuse(job, refusal) }
            } else {
                for job in takeMembers(of: number) { refuse(job, refusal) }
            }
        case .ended(let end): finish(number, end)
        }
    }

    private func refuse(_ job: DeskJob, _ refusal: Refusal) {
        metrics.count(refusal.reason.counter)
        tell(job, refusal)
    }

    private func tell(_ job: DeskJob, _ refusal: Refusal) {
        switch job.work {
        case .probe(_, let answer): answer.give(.refused(refusal))
        case .rendition(let order, let landing):
            finisher.refuse(order, refusal, landing: landing, flights: flights)
        }
    }

    private func finish(_ number: UInt64, _ end: JobEnd) {
        switch end {
        case .done: finish(number, failing: .workerLost)
        case .cancelled: finish(number, failing: .abandoned)
        case .timedOut:
            metrics.count(.rejectedTime)
            finish(number, failing: .timedOut)
        case .crashed(let signal):
            if let refusal = Refusal(signal: signal) {
                for job in takeMembers(of: number) { tell(job, refusal) }
                metrics.count(refusal.reason == .overTime ? .rejectedTime : .rejectedCrash)
            }
            finish(number, failing: .workerLost)
        }
    }

    /// Closes the batch's books; whoever was not answered gets `failure`.
    private func finish(_ number: UInt64, failing failure: RenditionFailure) {
        let jobs = takeMembers(of: number)
        state.withLock { state in
            guard let batch = state.batches.removeValue(forKey: number) else { return }
            let elapsed = Clock.monotonicNanoseconds() &- batch.startedAt
            state.queue.finished(batch.start, elapsed: .nanoseconds(Int64(elapsed)))
            metrics.record(.job, .nanoseconds(Int64(elapsed)))
        }
        for job in jobs { job.fail(failure) }
        publishDepths()
    }

    private func takeMember(_ index: Int, of number: UInt64) -> DeskJob? {
        state.withLock { state in
            guard let batch = state.batches[number], batch.members.indices.contains(index)
            else { return nil }
            return state.jobs.removeValue(forKey: batch.members[index])
        }
    }

    private func takeMembers(of number: UInt64) -> [DeskJob] {
        state.withLock { state in
            (state.batches[number]?.members ?? []).compactMap {
                state.jobs.removeValue(forKey: $0)
            }
        }
    }

    func publishDepths() {
        let depths = state.withLock { state in
            (
                state.queue.waiting(in: .small), state.queue.waiting(in: .large),
                state.queue.waiting(in: .background)
            )
        }
        metrics.set(.queueDepthSmall, depths.0)
        metrics.set(.queueDepthLarge, depths.1)
        metrics.set(.queueDepthBackground, depths.2)
    }

    private static func microseconds(from start: UInt64, to end: UInt64?) -> UInt32 {
        guard let end, end > start else { return 0 }
        return UInt32(clamping: (end - start) / 1000)
    }
}

extension RenderDesk.State {
    enum BatchTurn: Sendable {
        case run(UInt64, [DeskJob])
        case expired(DeskJob)
    }

    /// The next job, and with it all others that wait for the same original.
    mutating func nextBatch(now: Duration) -> BatchTurn? {
        while let turn = queue.next(now: now) {
            switch turn {
            case .expired(let number):
                if let job = takeWaiting(number) { return .expired(job) }
            case .run(let number, let start):
                guard let job = jobs[number] else {
                    queue.finished(start, elapsed: .zero)
                    continue
                }
                var members = [number]
                if let original = job.original {
                    let others = (waiting[original] ?? []).filter { $0 != number }
                    for other in others.prefix(RenderJob.maxOutputs - 1) {
                        if let ticket = jobs[other]?.ticket { _ = queue.cancel(ticket) }
                        members.append(other)
                    }
                }
                for member in members { forget(member) }
                batches[number] = RenderDesk.Batch(
                    start: start, startedAt: Clock.monotonicNanoseconds(), members: members)
                return .run(number, members.compactMap { jobs[$0] })
            }
        }
        return nil
    }
}

extension DeskJob {
    fileprivate var recipe: Recipe? {
        if case .rendition(let order, _) = work { order.recipe } else { nil }
    }
}

extension RefusalReason {
    var counter: Counter {
        switch self {
        case .unsupportedType: .rejectedUnsupported
        case .broken, .internalFailure: .rejectedBroken
        case .overPixels, .overSides, .overOutput: .rejectedPixels
        case .overFrames: .rejectedFrames
        case .outOfMemory: .rejectedMemory
        case .overTime: .rejectedTime
        }
    }
}

extension Duration {
    /// Of a time since the monotonic clock's start.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) &* 1_000_000_000
            &+ UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}

extension Refusal {
    /// What a worker's death says of its picture; `nil` for one that was killed from outside, or for
    /// want of the machine's memory. Every other signal is the picture's doing, and it would do it
    /// again.
    fileprivate init?(signal: Int32) {
        switch signal {
        case 0, 9, 15: return nil
        case 24: self.init(.overTime, detail: "This takes more processor time than is allowed.")
        default: self.init(.broken, detail: "The decoder failed on this image.")
        }
    }
}
