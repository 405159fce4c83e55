internal import Coalescing
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendition
internal import Synchronization
internal import Telemetry
internal import WorkerLink
internal import Workers

/// The workers' side: called on the pool's thread.
extension RenderDesk {
    /// The next job for a free worker. `held` is what it was given last; `isReserve`: all others
    /// are busy.
    func nextJob(holding held: JobInput?, isReserve: Bool) -> WorkerJob? {
        while true {
            let now = Clock.monotonic()
            let turn = queue.withLock {
                $0.next(now: now, preferring: held, isReserve: isReserve)
            }
            switch turn {
            case nil: return nil
            case .expired(let job): expire(job)
            case .run(let number, let jobs):
                let run = Run(
                    number: number, startedAt: Clock.monotonicNanoseconds(),
                    isAlone: jobs.count == 1)
                if let job = start(run, jobs) { return job }
            }
        }
    }

    /// One batch in a worker.
    private struct Run: Sendable {
        let number: UInt64
        let startedAt: UInt64
        /// What it takes is one job's doing.
        let isAlone: Bool
        var isOfMaster = false

        var elapsed: Duration {
            .nanoseconds(Int64(Clock.monotonicNanoseconds() &- startedAt))
        }
    }

    private func start(_ run: Run, _ jobs: [DeskJob]) -> WorkerJob? {
        for job in jobs {
            metrics.record(
                .queueWait, .nanoseconds(Int64(run.startedAt &- min(job.offeredAt, run.startedAt))))
        }
        guard let first = jobs.first else {
            close(run, failing: .abandoned)
            return nil
        }
        var run = run
        let id = JobID(run.number)
        let request: WorkerRequest
        let input: WorkerInput?
        switch first.work {
        case .probe(let order, _):
            let colours: MasterWish = settings.style.keepsDisplayP3 ? .inDisplayP3 : .inSRGB
            request = .probe(
                id, settings.limits, master: order.ticket == nil ? .unwanted : colours)
            input = (order.file ?? open(order.hash)).map { .file($0) }
        case .rendition(let order, _):
            let (found, source) = findInput(of: first, order.key.original)
            request = .render(
                id,
                RenderJob(
                    outputs: jobs.compactMap { $0.order?.recipe }, of: source,
                    limits: settings.limits, style: settings.style,
                    sharedByteCount: found?.sharedByteCount ?? 0))
            input = found
            run.isOfMaster = source.masterOf != nil && !source.isMasterMissing
        }
        guard let input else {
            missInput(of: run, jobs)
            return nil
        }
        let latest = Clock.monotonic() + settings.jobTimeout
        let deadline = min(jobs.map(\.deadline).max() ?? .zero, latest)
        return WorkerJob(
            request, input: input, of: first.original,
            overlay: first.source?.overlay.flatMap { settings.watermarks.picture(of: $0) },
            source: first.source,
            deadlineNanoseconds: deadline.wholeNanoseconds
        ) { [weak self, run] event in
            self?.take(event, of: run)
        }
    }

    /// The original can not be opened. Where it was not held it was not needed a moment ago: the
    /// master has gone since.
    private func missInput(of run: Run, _ jobs: [DeskJob]) {
        if jobs.contains(where: { $0.hold != nil }) {
            metrics.count(.integrityOfOriginals)
            return close(run, failing: .originalUnreadable)
        }
        let jobs = queue.withLock { $0.takeAll(of: run.number) }
        close(run, failing: .abandoned)
        for job in jobs {
            switch job.work {
            case .rendition(let order, let landing): offer(order, landing, lane: nil)
            case .probe(let order, let answer): offer(order, answer)
            }
        }
    }

    /// The master, where the source has one. Where that is missing, or may be what has failed
    /// before, the original that the worker makes it of first.
    private func findInput(
        of job: DeskJob, _ hash: ContentHash
    ) -> (WorkerInput?, JobInput) {
        var source = job.source ?? JobInput()
        if source.masterOf != nil, let masters {
            if !job.isRetry, let master = masters.input(hash) { return (master, source) }
            source.isMasterMissing = true
        }
        return (open(hash).map { .file($0) }, source)
    }

    private func open(_ hash: ContentHash) -> SharedDescriptor? {
        try? SharedDescriptor(originals.openLocally(hash).takeDescriptor())
    }

    private func take(_ event: JobEvent, of run: Run) {
        switch event {
        case .probed(let facts):
            metrics.count(.decodesOfOriginal)
            let job = queue.withLock { $0.take(0, of: run.number) }
            guard case .probe(let order, let answer)? = job?.work else { return }
            let isTooDear = settings.limits.isTooDear(facts, byteCount: order.byteCount)
            if isTooDear { metrics.count(.rejectedTime) }
            answer.give(isTooDear ? .refused(.overTime) : .facts(facts))
        case .rendered(let output, let bytes):
            take(output, bytes, of: run)
        case .mastered(let bytes):
            metrics.count(.decodesOfOriginal)
            let job = queue.withLock { $0.member(0, of: run.number) }
            if let order = job?.order, let ticket = order.masterTicket {
                masters?.keep(bytes, of: order.key.original, ticket: ticket) {}
            }
        case .refused(let refusal):
            let jobs =
                if let index = refusal.output {
                    [queue.withLock { $0.take(Int(index), of: run.number) }].compactMap { $0 }
                } else {
                    queue.withLock { $0.takeAll(of: run.number) }
                }
            if refusal.reason == .tooCoarse { return jobs.forEach(offerOfOriginal) }
            for _ in jobs { metrics.count(refusal.reason.counter) }
            // What comes of a recipe is not the original's fault before it was decoded alone.
            let mayBeInnocent = { (job: DeskJob) in
                !refusal.reason.dependsOnOutput && (run.isOfMaster || job.order != nil)
            }
            judge(jobs.filter(mayBeInnocent), refusal)
            for job in jobs where !mayBeInnocent(job) { tell(job, refusal, by: run) }
        case .ended(let end): finish(run, end)
        }
    }

    private func take(_ output: RenderedOutput, _ bytes: [UInt8], of run: Run) {
        let index = Int(output.index)
        // A probe is answered by what comes after its master.
        if let job = queue.withLock({ $0.member(index, of: run.number) }),
            case .probe(let order, let answer) = job.work
        {
            return keep(bytes, order, answer)
        }
        metrics.count(
            output.isOfMaster ? .decodesOfMaster : .decodesOfOriginal, UInt64(output.decodes))
        guard let job = queue.withLock({ $0.take(index, of: run.number) }),
            case .rendition(let order, let landing) = job.work
        else { return }
        var timing = JobTiming()
        timing.queue = Self.microseconds(from: job.offeredAt, to: run.startedAt)
        timing.job = Self.microseconds(from: run.startedAt, to: Clock.monotonicNanoseconds())
        timing.decode = output.timings.decode
        timing.resize = output.timings.resize
        timing.encode = output.timings.encode
        finisher.finish(order, output, bytes, timing, landing: landing, flights: flights)
    }

    private func keep(_ bytes: [UInt8], _ order: ProbeOrder, _ answer: ProbeAnswer) {
        guard let masters, let ticket = order.ticket else { return }
        answer.beginKeepingMaster()
        masters.keep(bytes, of: order.hash, ticket: ticket) { answer.masterIsKept() }
    }

    private func tell(_ job: DeskJob, _ refusal: Refusal, by run: Run) {
        switch job.work {
        case .probe(_, let answer): answer.give(.refused(refusal))
        case .rendition(let order, let landing):
            // Time and memory of several are one's doing, and nobody knows whose.
            if refusal.reason.isShared, !run.isAlone { return offerAgain(order, landing) }
            if refusal.reason.dependsOnOutput { remember(RenditionFailure(refusal), of: order) }
            finisher.refuse(order, refusal, landing: landing)
        }
    }

    private func offerOfOriginal(_ job: DeskJob) {
        guard case .rendition(let order, let landing) = job.work else { return }
        offer(order, landing, lane: nil, isRetry: job.isRetry, ofOriginal: true)
    }

    private func finish(_ run: Run, _ end: JobEnd) {
        switch end {
        case .done: close(run, failing: .workerLost)
        case .cancelled: close(run, failing: .abandoned)
        case .timedOut, .overran:
            metrics.count(.rejectedTime)
            if case .overran(let hadCore) = end { noteOverrun(of: run, hadCore: hadCore) }
            close(run, failing: .timedOut)
        case .crashed(let signal):
            if let refusal = Refusal(signal: signal) {
                let jobs = queue.withLock { $0.takeAll(of: run.number) }
                if refusal.reason == .overTime {
                    metrics.count(.rejectedTime)
                    for job in jobs { tell(job, refusal, by: run) }
                } else {
                    metrics.count(.rejectedCrash)
                    judge(jobs, refusal)
                }
            }
            close(run, failing: .workerLost)
        }
    }

    /// After a fall, a master's refusal or a recipe's: only the original's own bytes condemn it. So
    /// a worker is asked to decode them and do nothing else. If that fails too they are refused for
    /// good; else each rendition gets one more try, alone and without the kept master, and what
    /// fails then says something of that recipe only and is not remembered.
    private func judge(_ jobs: [DeskJob], _ refusal: Refusal) {
        var suspects: [(RenditionOrder, Landing)] = []
        for job in jobs {
            switch job.work {
            case .rendition(let order, let landing) where job.isRetry:
                remember(RenditionFailure(refusal), of: order)
                landing.land(.failed(RenditionFailure(refusal)))
            case .rendition(let order, let landing): suspects.append((order, landing))
            case .probe(let order, let answer) where order.ticket != nil:
                offer(order.withoutMaster, answer, isRetry: true)
            case .probe(_, let answer): answer.give(.refused(refusal))
            }
        }
        guard let order = suspects.first?.0 else { return }
        let proof = ProbeOrder(
            hash: order.key.original, file: nil, byteCount: order.original.byteCount, ticket: nil,
            client: order.client)
        Task(executorPreference: finisher.blocking) { [self, suspects] in
            let outcome = await probe(proof)
            for (order, landing) in suspects {
                switch outcome {
                case .facts: offerAgain(order, landing)
                case .refused(let refusal):
                    if refusal.reason.dependsOnOutput {
                        remember(RenditionFailure(refusal), of: order)
                    }
                    finisher.refuse(order, refusal, landing: landing)
                case .failed(let failure): landing.land(.failed(failure))
                }
            }
        }
    }

    /// What had nearly all of the time that a rendition may take, and not what waited for most of
    /// it, would be late again.
    ///
    /// Of an upload that is a verdict on its bytes, if the worker had a core to itself meanwhile:
    /// who sends them again is not to have all that time again.
    private func noteOverrun(of run: Run, hadCore: Bool) {
        guard run.elapsed * 4 > settings.jobTimeout * 3,
            let job = queue.withLock({ $0.firstUnanswered(of: run.number) })
        else { return }
        switch job.work {
        case .rendition(let order, _): remember(.timedOut, of: order)
        case .probe(_, let answer): if hadCore { answer.give(.refused(.overTime)) }
        }
    }

    /// Closes the batch's books; whoever was not answered gets `failure`.
    private func close(_ run: Run, failing failure: RenditionFailure) {
        let elapsed = run.elapsed
        let jobs = queue.withLock { $0.finish(run.number, elapsed: elapsed) }
        metrics.record(.job, elapsed)
        for job in jobs {
            guard failure == .workerLost, !job.isRetry,
                case .rendition(let order, let landing) = job.work
            else {
                job.fail(failure)
                continue
            }
            offerAgain(order, landing)
        }
        publishDepths()
    }

    package func publishDepths() {
        let depths = queue.withLock { queue in
            (
                queue.waiting(in: .small), queue.waiting(in: .large),
                queue.waiting(in: .background)
            )
        }
        metrics.set(.queueDepthSmall, depths.0)
        metrics.set(.queueDepthLarge, depths.1)
        metrics.set(.queueDepthBackground, depths.2)
    }

    private static func microseconds(from start: UInt64, to end: UInt64) -> UInt32 {
        end > start ? UInt32(clamping: (end - start) / 1000) : 0
    }
}

extension DeskJob {
    fileprivate var order: RenditionOrder? {
        if case .rendition(let order, _) = work { order } else { nil }
    }
}
