internal import LinuxIO
internal import Rendition
internal import WorkerLink

/// All worker processes, confined to the pool's thread.
///
/// Invariant: `members` are `concurrency + 1` processes, or fewer while starting is put off after
/// failures. Beyond `concurrency` busy ones only the source decides about one more. A job belongs
/// to one member until `ended` is reported, once.
final class Crew {
    let loop: EventLoop
    let configuration: WorkerConfiguration
    private let status: PoolStatus
    private let source: WorkerPool.Source
    private let onTick: @Sendable () -> Void
    let observe: @Sendable (PoolEvent) -> Void
    private var members: [Member] = []
    /// Taken from the source, but its worker was dead by then: the next one gets it.
    private var held: WorkerJob?
    private var isDisbanded = false
    private var startFailures = 0
    private var nextStart: UInt64 = 0
    private var talk = WorkerTalk()

    /// A start that fails is tried again after this long, doubled up to five seconds.
    private static let firstDelay: UInt64 = 50_000_000
    private static let longestDelay: UInt64 = 5_000_000_000

    init(
        loop: EventLoop, configuration: WorkerConfiguration, status: PoolStatus,
        source: @escaping WorkerPool.Source, onTick: @escaping @Sendable () -> Void,
        observe: @escaping @Sendable (PoolEvent) -> Void
    ) {
        self.loop = loop
        self.configuration = configuration
        self.status = status
        self.source = source
        self.onTick = onTick
        self.observe = observe
        loop.onTick = { [unowned self] in tick(now: $0) }
    }

    /// Starts what is missing.
    func fill() {
        let now = Clock.monotonicNanoseconds()
        while !isDisbanded, members.count < configuration.concurrency + 1, now >= nextStart {
            do throws(SystemError) {
                members.append(try Member(crew: self))
            } catch {
                noteStartFailure("\(error)")
            }
        }
        report()
    }

    /// Gives jobs to idle members while there are both.
    ///
    /// - Parameter held: the last input of the member that has just become idle, if one has.
    func feed(holding held: JobInput? = nil) {
        while !isDisbanded, members.contains(where: \.isIdle), let job = takeJob(held) {
            guard let free = member(for: job) else { preconditionFailure("nobody is idle") }
            if free.begin(job) { continue }
            self.held = job
            free.kill(as: .cancelled)
        }
        report()
    }

    /// The idle one that has the job's input already, or any.
    private func member(for job: WorkerJob) -> Member? {
        let idle = members.filter(\.isIdle)
        return idle.first { job.source != nil && $0.lastSource == job.source } ?? idle.first
    }

    private func takeJob(_ last: JobInput?) -> WorkerJob? {
        defer { held = nil }
        return held ?? source(last, members.count(where: \.isBusy) >= configuration.concurrency)
    }

    func cancel(_ jobID: JobID) {
        if held?.id == jobID { return dropHeld(as: .cancelled) }
        members.first { $0.isBusy(with: jobID) }?.kill(as: .cancelled)
    }

    func disband() {
        isDisbanded = true
        dropHeld(as: .cancelled)
        for member in members { member.kill(as: .cancelled) }
    }

    private func dropHeld(as end: JobEnd) {
        guard let job = held else { return }
        held = nil
        job.report(.ended(end))
    }

    /// Why a worker that greets like this gets no job; `nil` when it does.
    func objection(to greeting: Greeting) -> String? {
        guard status.admit(greeting) else { return "the worker's libraries or walls have changed" }
        let missing = greeting.missingWalls.filter {
            !configuration.dispensableWalls.contains($0)
        }
        guard missing.isEmpty else {
            return "the kernel lacks \(missing.map(\.word.description).joined(separator: ", "))"
        }
        startFailures = 0
        return nil
    }

    /// `member` takes no more jobs; another one takes its place.
    func lose(_ member: Member, beforeReady reason: String?) {
        members.removeAll { $0 === member }
        if let reason { noteStartFailure(reason) }
        fill()
        feed()
    }

    private func noteStartFailure(_ reason: String) {
        let delay = min(Self.firstDelay << UInt64(min(startFailures, 10)), Self.longestDelay)
        startFailures += 1
        status.noteStartFailures(startFailures)
        nextStart = Clock.monotonicNanoseconds() + delay
        observe(.failedToStart(reason))
    }

    /// Takes what the member has written, as far as it may be heard.
    func listen(to member: Member) {
        let bytes = member.takeOutput()
        guard !bytes.isEmpty else { return }
        talk.take(bytes, now: Clock.monotonicNanoseconds()) { line, omitted in
            observe(.said(process: member.processID, line, omitted: omitted))
        }
    }

    private func tick(now: UInt64) {
        if let held, now > held.deadlineNanoseconds { dropHeld(as: .timedOut) }
        for member in members {
            listen(to: member)
            member.checkDeadline(now: now)
        }
        onTick()
        fill()
        feed()
    }

    private func report() {
        let idle = members.count { $0.isIdle }
        let busy = members.count { $0.isBusy }
        status.set(liveCount: idle + busy)
        observe(.states(starting: members.count - idle - busy, idle: idle, busy: busy))
    }
}
