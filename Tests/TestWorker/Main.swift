import Glibc
import LinuxIO
import Rendition
import Synchronization
import WorkerLink

/// A worker that decodes nothing: what it does is written in its arguments' stead in the input of
/// each job, so that a test can have it die, hang or lie at any moment.
///
/// `TEST_WORKER` in the environment says how it starts: `fail`, `hang`, `other-versions`; else it
/// is ready.
@main struct Main {
    /// Behind the job's last output in the shared memory.
    private static let end = Atomic(SharedLayout.outputs.lowerBound)

    static func main() {
        let start = unsafe getenv("TEST_WORKER").map { unsafe String(cString: $0) } ?? ""
        switch start {
        case "fail": exit(3)
        case "hang": while true { pause() }
        case "report": report()
        default: break
        }
        let versions = start == "other-versions" ? "test \(getpid())" : "test 1"
        send(
            .ready(
                processID: UInt32(getpid()), Greeting(versions: versions, walls: [])))
        while true {
            let (result, bytes, descriptors) = Socket.receivePacket(
                3, capacity: Frame.maxByteCount)
            guard case .moved = result, let request = try? WorkerRequest(frame: bytes.span)
            else { exit(0) }
            end.store(SharedLayout.outputs.lowerBound, ordering: .relaxed)
            let shared = Int(request.sharedByteCount)
            guard let input = shared > 0 ? 4 : descriptors.first,
                let script = try? Files.read(
                    input, offset: 0, byteCount: shared > 0 ? shared : 100)
            else { exit(0) }
            for file in descriptors { OwnedDescriptor.close(file) }
            let note = TinyPicture.note(ofJPEG: script) ?? script
            let text = String(decoding: note, as: UTF8.self)
            if var intruder = Intruder(script: text, job: request.job) {
                intruder.serve(request)
            } else {
                serve(request, text)
            }
        }
    }

    private static func serve(_ request: WorkerRequest, _ script: String) {
        let job = request.job
        switch script {
        case "crash": abort()
        case "exit": exit(7)
        case "hang": while true { pause() }
        case "garbage": _ = Socket.sendPacket(3, [1, 2, 3], descriptors: [])
        case "other-job": send(.refused(JobID(99), Refusal(.broken, detail: "")))
        case "too-large": send(.probed(job, ImageFacts(type: .jpeg, width: 70_000, height: 1)))
        case "impossible":
            send(.probed(job, ImageFacts(type: .jpeg, width: .max, height: .max)))
        case "flood":
            let frame = WorkerReply.mastered(job, byteCount: 9).encoded
            while case .moved = Socket.sendPacket(3, frame, descriptors: []) {}
        case "flood-of-nothing":
            while case .moved = Socket.sendPacket(3, [5], descriptors: []) {}
        case "refuse": send(.refused(job, Refusal(.broken, detail: "as asked")))
        case "half-close":
            shutdown(3, CInt(SHUT_RDWR))
            while true { pause() }
        case "say":
            // Into the log of whoever started it, as it would like.
            let text =
                "{\"event\":\"stopped\"}\n\u{1B}[2J" + String(repeating: "x\n", count: 99_999)
            let bytes = Array(text.utf8)
            for place in [0, 1, 2] as [CInt] { Process.write(bytes.span, to: place) }
            send(.refused(request.job, Refusal(.broken, detail: "said")))
        case "burn": while true {}
        case "threads":
            for _ in 0..<1100 {
                var thread = pthread_t()
                _ = unsafe pthread_create(&thread, nil, { _ in while true { pause() } }, nil)
            }
            while true { pause() }
        case "pid": send(made(request, Array("\(getpid())".utf8)))
        default:
            if !serveLying(request, script) { serve(request, asPicture: script) }
        }
    }

    /// An output that is not what it says, or not where; `false`: that is no script of these.
    private static func serveLying(_ request: WorkerRequest, _ script: String) -> Bool {
        let job = request.job
        var (reply, bytes) = made(request, [7, 8])
        switch script {
        case "no-output": send(made(request, byteCount: 0).reply)
        case "short-output":
            let room = place(bytes, inRoomFor: bytes.count, of: job)
            // Cut, as no call behind the walls does it.
            guard ftruncate(room, off_t(bytes.count - 1)) == 0 else { exit(9) }
            send(reply)
        case "shared-output": send((reply, bytes))
        case "no-picture":
            bytes[0] = 0
            send((reply, bytes))
        case "other-size":
            bytes[8] = 2
            send((reply, bytes))
        case "room":
            place(bytes, inRoomFor: bytes.count, of: job)
            send(reply)
        case "room-for-less":
            place(bytes, inRoomFor: bytes.count - 1, of: job)
            send(reply)
        case "two-rooms":
            place(bytes, inRoomFor: bytes.count, of: job)
            send(.roomWanted(job, byteCount: 1))
        case "huge-room": send(.roomWanted(job, byteCount: 1 << 30))
        case "rooms-kept": keepRooms(request)
        case "own-memory":
            guard let file = unsafe try? SealedMemory.file(holding: bytes.span.bytes)
            else { exit(9) }
            _ = Socket.sendPacket(3, reply.encoded, descriptors: [file.rawValue])
        case "too-much-shared":
            send(made(request, byteCount: UInt64(SharedLayout.byteCount)).reply)
        case "huge-output": send(made(request, byteCount: 1 << 30).reply)
        case "another-index": send(made(request, [1], index: 1))
        case "another-kind":
            reply = .mastered(job, byteCount: UInt64(bytes.count))
            send((reply, bytes))
        default: return false
        }
        return true
    }

    /// Keeps the descriptors of all memory it is lent, and notes in the last output how much is
    /// behind those of the outputs before; but for the one before it, which may be being read.
    private static func keepRooms(_ request: WorkerRequest) {
        guard case .render(_, let render) = request else { exit(9) }
        var kept: [CInt] = []
        for index in render.outputs.indices {
            let isLast = index == render.outputs.count - 1
            let sizes = kept.dropLast().map { UInt8(clamping: (try? Files.size($0)) ?? 255) }
            let note = isLast ? sizes : [5]
            let (reply, bytes) = made(request, note, index: UInt8(index))
            kept.append(place(bytes, inRoomFor: bytes.count, of: request.job))
            send(reply)
        }
    }

    /// As a picture that is sound, or makes one part of a worker fall.
    private static func serve(_ request: WorkerRequest, asPicture script: String) {
        switch (request, script) {
        case (.probe(_, _, master: .inSRGB), "crash-in-master-encoder"): abort()
        case (.probe(_, _, master: .inSRGB), "crash-of-master"):
            // What is made of its master will fall.
            send(made(request, Array("crash".utf8)))
        case (.probe(_, _, master: .unwanted), "crash-later"): abort()
        // As if by somebody outside.
        case (.probe, "killed-in-probe"), (.render, "killed-in-render"): kill(getpid(), SIGKILL)
        case (.render(_, let render), "killed-while-handing-over"):
            // One of two is out.
            send(made(request, [1, 2]))
            if render.outputs.count > 1 { kill(getpid(), SIGKILL) }
            return
        case (.render, "refused-recipe"):
            return send(.refused(request.job, Refusal(.broken, detail: "of this recipe")))
        case (.render, "crash-in-encoder"), (.render, "crash-later"): abort()
        default: break
        }
        switch request {
        case .probe(let job, _, _):
            let side: UInt32 = script == "crash-of-master" ? 4000 : 2
            send(.probed(job, ImageFacts(type: .jpeg, width: side, height: side)))
        case .render(_, let render):
            for index in render.outputs.indices {
                send(made(request, [1, 2], index: UInt8(index)))
            }
        }
    }

    /// Its descriptors, and how long its environment is, as the signals of what it inherited.
    private static func report() -> Never {
        let names = (try? Directory(at: "/proc/self/fd").names()) ?? []
        // One of them is the directory just being read.
        let inherited = names.compactMap { Int($0) }.filter { fcntl(CInt($0), F_GETFD) >= 0 }
        var blocked = sigset_t()
        unsafe sigprocmask(SIG_BLOCK, nil, &blocked)
        let isBlocked = unsafe sigismember(&blocked, SIGTERM) != 0
        var variables = 0
        while unsafe environ[variables] != nil { variables += 1 }
        let group = getpgid(0) == getpid()
        let text =
            "\(inherited.sorted()) blocked=\(isBlocked) variables=\(variables) ownGroup=\(group)"
            + " nice=\(getpriority(CInt(PRIO_PROCESS.rawValue), 0))"
        _ = Socket.sendPacket(3, Array(text.utf8), descriptors: [])
        exit(0)
    }

    /// One pixel of what was asked for, or the master of a picture of 4000 x 4000.
    ///
    /// - Parameter byteCount: what the reply says instead of the truth.
    private static func made(
        _ request: WorkerRequest, _ note: [UInt8] = [1], index: UInt8 = 0, byteCount: UInt64? = nil
    ) -> (reply: WorkerReply, bytes: [UInt8]) {
        var output = RenderedOutput(index: index, width: 1, height: 1, format: .jpeg, byteCount: 1)
        switch request {
        case .probe: (output.width, output.height) = (887, 887)
        case .render(_, let render):
            output.format = render.outputs.first?.format.resolved(hasAlpha: false) ?? .jpeg
        }
        let bytes = TinyPicture.bytes(
            note, as: output.format, width: UInt16(output.width), height: UInt16(output.height))
        output.byteCount = byteCount ?? UInt64(bytes.count)
        return (.rendered(request.job, output), bytes)
    }

    private static func send(_ made: (reply: WorkerReply, bytes: [UInt8])) {
        let (start, _) = end.wrappingAdd(made.bytes.count, ordering: .relaxed)
        guard unsafe pwrite(4, made.bytes, made.bytes.count, off_t(start)) == made.bytes.count
        else { exit(9) }
        send(made.reply)
    }

    private static func send(_ reply: WorkerReply) {
        _ = Socket.sendPacket(3, reply.encoded, descriptors: [])
    }

    /// In memory of the edge's, whose descriptor is kept, as somebody may who is up to something.
    @discardableResult
    private static func place(_ output: [UInt8], inRoomFor byteCount: Int, of job: JobID) -> CInt {
        send(.roomWanted(job, byteCount: UInt64(byteCount)))
        let (result, bytes, descriptors) = Socket.receivePacket(3, capacity: Frame.maxByteCount)
        guard case .moved = result, let room = descriptors.first,
            (try? RoomGrant(frame: bytes.span).job) == job
        else { exit(9) }
        // It can not be more than was asked for.
        _ = unsafe pwrite(room, output, output.count, 0)
        return room
    }
}
