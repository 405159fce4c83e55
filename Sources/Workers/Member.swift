internal import LinuxIO
internal import Rendition
internal import WorkerLink

/// One worker process, from its start to its end.
final class Member: EventHandler {
    private enum State {
        case starting
        case idle
        case busy(WorkerJob, Conversation)
        /// Killed or gone; no job.
        case ended
    }

    private unowned let crew: Crew
    private let process: ChildProcess
    private let socket: OwnedDescriptor
    private let memory: SharedMemory
    /// Of the pipe that is its standard output and error.
    private let output: OwnedDescriptor
    /// For an output that has no room in the memory, until its bytes have been read.
    private var room: LentMemory?
    /// Of the job's outputs that have been read from the memory.
    private var outputEnd = SharedLayout.outputs.lowerBound
    private var socketToken: EventLoop.Token?
    private var state = State.starting
    private var jobsLeft: Int
    /// When the job began, and the processor time of the process by then, in nanoseconds.
    private var begun: (at: UInt64, processorTime: UInt64) = (0, 0)
    /// The input it was given last, and may still hold decoded.
    private(set) var lastSource: JobInput?
    private let startDeadline: UInt64

    /// Decoders start one for each core.
    private static let mostThreads = 1024
    /// A start is half a second of processor time at most, and a worker is nicer than all others:
    /// beside a dozen busy programs it gets a hundredth of a core.
    private static let startNanoseconds: UInt64 = 60_000_000_000

    init(crew: Crew) throws(SystemError) {
        self.crew = crew
        let pair = try Socket.packetPair()
        socket = OwnedDescriptor(adopting: pair.first)
        let workerEnd = OwnedDescriptor(adopting: pair.second)
        memory = try SharedMemory(byteCount: SharedLayout.byteCount)
        let pipe = try Pipe.make()
        output = OwnedDescriptor(adopting: pipe.reader)
        let workerOutput = OwnedDescriptor(adopting: pipe.writer)
        process = try ChildProcess(
            path: crew.configuration.program, arguments: [],
            environment: crew.configuration.wholeEnvironment, output: workerOutput,
            socket: workerEnd, memory: memory, niceIncrement: crew.configuration.niceIncrement)
        jobsLeft = crew.configuration.jobsPerProcess
        startDeadline = Clock.monotonicNanoseconds() + Self.startNanoseconds
        super.init()
        socketToken = try crew.loop.register(
            socket.rawValue, for: Readiness.readable, handler: self)
        do throws(SystemError) {
            try ExitWatch(of: self).start(on: crew.loop)
        } catch {
            closeSocket()
            throw error
        }
    }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    var isBusy: Bool { if case .busy = state { true } else { false } }

    func isBusy(with jobID: JobID) -> Bool {
        if case .busy(let job, _) = state { job.id == jobID } else { false }
    }

    var pidDescriptor: CInt { process.pidDescriptor.rawValue }
    var processID: Int32 { process.pid }

    /// Of what it has written since it was asked last.
    func takeOutput() -> [UInt8] {
        Pipe.read(output.rawValue, capacity: WorkerTalk.readByteCount)
    }

    /// `false` when the worker turns out to be dead: the job has not begun.
    func begin(_ job: WorkerJob) -> Bool {
        begun = (Clock.monotonicNanoseconds(), process.processorTime() ?? 0)
        let frame = job.request.encoded
        let sent = send(frame, of: job)
        if sent == .ended { return false }
        let limit = crew.configuration.outputByteLimit
        state = .busy(job, Conversation(job.request, outputByteLimit: limit))
        outputEnd = SharedLayout.outputs.lowerBound
        jobsLeft -= 1
        lastSource = job.source
        if sent != .moved(frame.count) { kill(as: .crashed(signal: 0)) }
        return true
    }

    private func send(_ frame: [UInt8], of job: WorkerJob) -> IOResult {
        var descriptors: [CInt] = []
        switch job.input {
        case .file(let file): descriptors.append(file.rawValue)
        case .copied(_, let write):
            do throws(SystemError) { try write(memory) } catch { return .failed(error) }
        }
        if let overlay = job.overlay { descriptors.append(overlay.rawValue) }
        return Socket.sendPacket(socket.rawValue, frame, descriptors: descriptors)
    }

    /// Ends the process at once; its job, if any, ends as `end`.
    func kill(as end: JobEnd) {
        process.kill()
        finish(as: end, beforeReady: nil)
    }

    func checkDeadline(now: UInt64) {
        switch state {
        case .starting where now > startDeadline:
            process.kill()
            finish(as: .timedOut, beforeReady: "no answer from the worker")
        case .busy(let job, _) where now > job.deadlineNanoseconds:
            let used = (process.processorTime() ?? 0) &- begun.processorTime
            kill(as: .late(used: used, of: now &- begun.at))
        case .busy(let job, _) where hasOverspent(on: job): kill(as: .outOfProcessorTime)
        // The kernel's memory for them counts for nobody.
        case .busy where process.threadCount ?? 0 > Self.mostThreads:
            kill(as: .crashed(signal: 0))
        default: break
        }
    }

    /// One packet a turn: however fast a worker answers, the others, and the deadlines, get theirs.
    override func ready(_ readiness: UInt32) {
        let (result, bytes, descriptors) = Socket.receivePacket(
            socket.rawValue, capacity: Frame.maxByteCount)
        for descriptor in descriptors { OwnedDescriptor.close(descriptor) }
        switch result {
        // All memory is the edge's: a worker has none to give.
        case .moved where !descriptors.isEmpty: kill(as: .crashed(signal: 0))
        case .moved: take(bytes)
        case .wouldBlock: break
        case .ended, .failed:
            // Its exit follows by the process descriptor, with the reason; the signal is for one
            // that has closed its end and lives on, and does not change that of a dying one.
            process.kill()
            closeSocket()
        }
    }

    private func take(_ bytes: [UInt8]) {
        let reply: WorkerReply
        do throws(FrameError) {
            reply = try WorkerReply(frame: bytes.span)
        } catch {
            return kill(as: .crashed(signal: 0))  // It says what no worker of ours says.
        }
        switch (state, reply) {
        case (.starting, .ready(_, let greeting)):
            if let objection = crew.objection(to: greeting) {
                process.kill()
                return finish(as: .cancelled, beforeReady: objection)
            }
            state = .idle
            crew.feed()
        case (.busy(let job, var conversation), _):
            guard conversation.admit(reply), pass(reply, of: job)
            else { return kill(as: .crashed(signal: 0)) }
            settle(job, conversation)
        default: kill(as: .crashed(signal: 0))
        }
    }

    /// Whether the reply holds what it promises.
    private func pass(_ reply: WorkerReply, of job: WorkerJob) -> Bool {
        switch reply {
        case .probed(_, var facts):
            facts.processorMicroseconds = processorMicroseconds
            job.report(.probed(facts))
        case .refused(_, let refusal): job.report(.refused(refusal))
        case .rendered(_, let rendered):
            guard let bytes = read(rendered.byteCount), rendered.isWhole(bytes)
            else { return false }
            job.report(.rendered(rendered, bytes))
        case .mastered(_, let byteCount):
            guard let bytes = read(byteCount), MasterPlan.isMaster(bytes) else { return false }
            job.report(.mastered(bytes))
        case .roomWanted(let job, let byteCount): return lendRoom(byteCount, job)
        case .ready: return false
        }
        return true
    }

    /// The kernel ends a worker that uses up its time, but one may set that limit anew for itself.
    /// This comes two seconds later: whole seconds are all that the kernel counts there.
    private func hasOverspent(on job: WorkerJob) -> Bool {
        UInt64(processorMicroseconds ?? 0) > (UInt64(job.request.processorSeconds) + 2) * 1_000_000
    }

    /// What the job has used so far; `nil` where that can not be told.
    private var processorMicroseconds: UInt32? {
        guard let now = process.processorTime(), now >= begun.processorTime else { return nil }
        return UInt32(clamping: (now - begun.processorTime) / 1000)
    }

    /// Memory for one output. It is the edge that has it, and has it back before the next: however
    /// many descriptors a worker keeps, there is no more behind them than one output's bytes.
    private func lendRoom(_ byteCount: UInt64, _ job: JobID) -> Bool {
        guard let memory = try? LentMemory(byteCount: Int(byteCount)) else { return false }
        let grant = RoomGrant(job).encoded
        let sent = Socket.sendPacket(
            socket.rawValue, grant, descriptors: [memory.descriptor.rawValue])
        room = consume memory
        return sent == .moved(grant.count)
    }

    private func read(_ byteCount: UInt64) -> [UInt8]? {
        let count = Int(byteCount)  // Which the conversation has bounded.
        let bytes: [UInt8]?
        if let room = room.take() {
            bytes = try? room.read(byteCount: count)
            room.takeBack()
        } else {
            guard count <= SharedLayout.outputs.upperBound - outputEnd else { return nil }
            bytes = try? memory.read(outputEnd..<outputEnd + count)
            outputEnd += count
        }
        return bytes?.count == count ? bytes : nil
    }

    private func settle(_ job: WorkerJob, _ conversation: Conversation) {
        guard conversation.isOver else {
            state = .busy(job, conversation)
            return
        }
        state = .idle
        if let unused = room.take() { unused.takeBack() }
        job.report(.ended(.done))
        if jobsLeft <= 0 {
            kill(as: .done)
        } else {
            crew.feed(holding: lastSource)
        }
    }

    /// From the process descriptor.
    fileprivate func hasExited(_ end: ChildProcess.Exit) {
        let signal: Int32 = if case .signal(let number) = end { number } else { 0 }
        // Its last words say why, and stand before the line that says that.
        crew.listen(to: self)
        switch state {
        case .ended: return
        case .starting:
            finish(as: .crashed(signal: signal), beforeReady: "the worker ended: \(end)")
        case .idle, .busy: finish(as: .crashed(signal: signal), beforeReady: nil)
        }
    }

    private func finish(as end: JobEnd, beforeReady reason: String?) {
        let last = state
        if case .ended = last { return }
        state = .ended
        closeSocket()
        let job: WorkerJob? = if case .busy(let job, _) = last { job } else { nil }
        if case .crashed(let signal) = end {
            crew.observe(.crashed(signal: signal, original: job?.original))
        }
        job?.report(.ended(end))
        crew.lose(self, beforeReady: reason)
    }

    private func closeSocket() {
        guard let token = socketToken else { return }
        crew.loop.unregister(token, descriptor: socket.rawValue)
        socketToken = nil
        Socket.finishSending(socket.rawValue)
    }

    fileprivate func reap() -> ChildProcess.Exit? { process.reap() }
}

/// Keeps a member until its process is reaped, so that none is left as a zombie.
private final class ExitWatch: EventHandler {
    private let member: Member
    private weak var loop: EventLoop?
    private var token: EventLoop.Token?

    init(of member: Member) { self.member = member }

    /// From then on the loop holds it.
    func start(on loop: EventLoop) throws(SystemError) {
        token = try loop.register(member.pidDescriptor, for: Readiness.readable, handler: self)
        self.loop = loop
    }

    override func ready(_ readiness: UInt32) {
        guard let token, let loop, let end = member.reap() else { return }
        loop.unregister(token, descriptor: member.pidDescriptor)
        self.token = nil
        member.hasExited(end)
    }
}
