import Glibc
import LinuxIO
import Rendition
import WorkerLink

/// A worker that decodes nothing: what it does is written in its arguments' stead in the input of
/// each job, so that a test can have it die, hang or lie at any moment.
///
/// `TEST_WORKER` in the environment says how it starts: `fail`, `hang`, `other-versions`; else it
/// is ready.
@main struct Main {
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
            let shared = Int(request.sharedByteCount)
            guard let input = shared > 0 ? 4 : descriptors.first,
                let script = try? Files.read(
                    input, offset: 0, byteCount: shared > 0 ? shared : 100)
            else { exit(0) }
            for file in descriptors { OwnedDescriptor.close(file) }
            serve(request, String(decoding: script, as: UTF8.self))
        }
    }

    private static func serve(_ request: WorkerRequest, _ script: String) {
        switch script {
        case "crash": abort()
        case "exit": exit(7)
        case "hang": while true { pause() }
        case "garbage": _ = Socket.sendPacket(3, [1, 2, 3], descriptors: [])
        case "other-job": send(.refused(JobID(99), Refusal(.broken, detail: "")))
        case "no-output": send(rendered(request, byteCount: 0))
        case "short-output": send(rendered(request, byteCount: 5), output: [1, 2, 3])
        case "shared-output":
            let memory = SharedMemory(adopting: OwnedDescriptor(adopting: dup(4)))
            _ = unsafe try? memory.write(
                [UInt8]([1, 2, 3]).span.bytes, at: SharedLayout.outputs.lowerBound)
            send(rendered(request, byteCount: 3))
        case "too-much-shared": send(rendered(request, byteCount: UInt64(SharedLayout.byteCount)))
        case "huge-output": send(rendered(request, byteCount: 1 << 40), output: [1, 2, 3])
        case "too-large":
            send(.probed(request.job, ImageFacts(type: .jpeg, width: 40_000, height: 1)))
        case "impossible":
            send(.probed(request.job, ImageFacts(type: .jpeg, width: .max, height: .max)))
        case "another-index": send(rendered(request, byteCount: 2, index: 1), output: [1, 2])
        case "another-kind": send(.mastered(request.job, byteCount: 2), output: [1, 2])
        case "flood":
            guard
                let file = unsafe try? SealedMemory.file(
                    holding: [UInt8](repeating: 0, count: 9).span.bytes)
            else { exit(9) }
            let frame = WorkerReply.mastered(request.job, byteCount: 9).encoded
            while case .moved = Socket.sendPacket(3, frame, descriptors: [file.rawValue]) {}
        case "flood-of-nothing":
            while case .moved = Socket.sendPacket(3, [5], descriptors: []) {}
        case "refuse": send(.refused(request.job, Refusal(.broken, detail: "as asked")))
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
        case "pid":
            let text = Array("\(getpid())".utf8)
            send(rendered(request, byteCount: UInt64(text.count)), output: text)
        default: serve(request, asPicture: script)
        }
    }

    /// As a picture that is sound, or makes one part of a worker fall.
    private static func serve(_ request: WorkerRequest, asPicture script: String) {
        switch (request, script) {
        case (.probe(_, _, wantsMaster: true), "crash-in-master-encoder"): abort()
        case (.probe(_, _, wantsMaster: true), "crash-of-master"):
            // What is made of its master will fall.
            send(rendered(request, byteCount: 5), output: Array("crash".utf8))
        case (.probe(_, _, wantsMaster: false), "crash-later"): abort()
        // As if by somebody outside.
        case (.probe, "killed-in-probe"), (.render, "killed-in-render"): kill(getpid(), SIGKILL)
        case (.render(_, let render), "killed-while-handing-over"):
            // One of two is out.
            send(rendered(request, byteCount: 2), output: [1, 2])
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
                send(rendered(request, byteCount: 2, index: UInt8(index)), output: [1, 2])
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
    private static func rendered(
        _ request: WorkerRequest, byteCount: UInt64, index: UInt8 = 0
    ) -> WorkerReply {
        var output = RenderedOutput(
            index: index, width: 1, height: 1, format: .jpeg, byteCount: byteCount)
        switch request {
        case .probe: (output.width, output.height) = (887, 887)
        case .render(_, let render):
            output.format = render.outputs.first?.format.resolved(hasAlpha: false) ?? .jpeg
        }
        return .rendered(request.job, output)
    }

    private static func send(_ reply: WorkerReply, output: [UInt8]? = nil) {
        guard let output else {
            _ = Socket.sendPacket(3, reply.encoded, descriptors: [])
            return
        }
        guard let file = unsafe try? SealedMemory.file(holding: output.span.bytes) else { exit(9) }
        _ = Socket.sendPacket(3, reply.encoded, descriptors: [file.rawValue])
    }
}
