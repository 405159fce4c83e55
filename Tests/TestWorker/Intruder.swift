import Glibc
import LinuxIO
import Rendition
import WorkerLink

/// Somebody who has taken a worker over: whatever he is asked, he says what a seed has him say. All
/// of it is possible behind a worker's walls but the descriptors he sends.
struct Intruder {
    private var state: UInt64

    /// `nil` for a script that is none of his.
    init?(script: String, job: JobID) {
        guard let seed = script.split(separator: " ").last.flatMap({ UInt64($0) }),
            script.hasPrefix("intruder ")
        else { return nil }
        state = seed &* 1_000_003 &+ job.value
    }

    /// Some acts, and in half the cases the answer that was asked for.
    mutating func serve(_ request: WorkerRequest) {
        for _ in 0..<number(below: 4) { act(request) }
        guard number(below: 2) == 0 else { return }
        for (reply, bytes) in answers(to: request) {
            place(bytes)
            send(reply.encoded)
        }
    }

    private mutating func act(_ request: WorkerRequest) {
        let all = answers(to: request)
        let (reply, bytes) = all[number(below: all.count)]
        switch number(below: 12) {
        case 0: send((0..<1 + number(below: Frame.maxByteCount)).map { _ in byte() })
        case 1, 2: send(damaged(reply.encoded))
        case 3:
            place(damaged(bytes))
            send(reply.encoded)
        case 4: send(anyReply(to: request).encoded)
        case 5: takeRoom(of: request.job, for: bytes)
        case 6: for _ in 0..<100 { send(reply.encoded) }
        case 7:
            guard let file = unsafe try? SealedMemory.file(holding: bytes.span.bytes) else {
                return
            }
            _ = Socket.sendPacket(3, reply.encoded, descriptors: [file.rawValue, 3, 4])
        case 8: kill(getpid(), [SIGABRT, SIGKILL, SIGSEGV, SIGTERM][number(below: 4)])
        case 9: exit(CInt(number(below: 3)))
        case 10 where number(below: 8) == 0: while true { pause() }
        default: place(damaged(bytes))
        }
    }

    private mutating func takeRoom(of job: JobID, for bytes: [UInt8]) {
        let byteCounts = [UInt64(bytes.count), 1, 0, 1 << 20, 1 << 28, 1 << 40, .max]
        send(WorkerReply.roomWanted(job, byteCount: byteCounts[number(below: 7)]).encoded)
        // What would be granted may be refused: then this ends here.
        let (result, _, descriptors) = Socket.receivePacket(3, capacity: Frame.maxByteCount)
        guard case .moved = result, let room = descriptors.first else { exit(0) }
        _ = unsafe pwrite(room, bytes, bytes.count, off_t(number(below: 9)))
        if number(below: 2) == 0 { _ = ftruncate(room, off_t(number(below: 99))) }
    }

    // MARK: What can be said

    private mutating func answers(
        to request: WorkerRequest
    ) -> [(reply: WorkerReply, bytes: [UInt8])] {
        switch request {
        case .probe(let job, _, _): return [(.probed(job, facts()), [])]
        case .render(let job, let render):
            return render.outputs.indices.map { index in
                var output = RenderedOutput(
                    index: UInt8(index), width: 1, height: 1, format: .jpeg, byteCount: 1)
                output.format = render.outputs[index].format.resolved(hasAlpha: false) ?? .jpeg
                let bytes = TinyPicture.bytes([byte()], as: output.format, width: 1, height: 1)
                output.byteCount = UInt64(bytes.count)
                return (.rendered(job, output), bytes)
            }
        }
    }

    private mutating func anyReply(to request: WorkerRequest) -> WorkerReply {
        let job = number(below: 5) == 0 ? JobID(extreme()) : request.job
        switch number(below: 5) {
        case 0: return .probed(job, facts())
        case 1:
            return .rendered(
                job,
                RenderedOutput(
                    index: UInt8(number(below: 16)), width: UInt32(truncatingIfNeeded: extreme()),
                    height: UInt32(truncatingIfNeeded: extreme()),
                    format: OutputFormat.allCases[number(below: 6)], byteCount: extreme(),
                    decodes: byte(), isOfMaster: number(below: 2) == 0))
        case 2: return .mastered(job, byteCount: extreme())
        case 3:
            let reason = RefusalReason.allCases[number(below: RefusalReason.allCases.count)]
            let output = number(below: 2) == 0 ? nil : UInt8(number(below: 16))
            return .refused(job, Refusal(reason, output: output, detail: "\(extreme())"))
        default:
            return .ready(processID: 1, Greeting(versions: "\(extreme())", walls: []))
        }
    }

    /// Mostly at the ends of what is allowed.
    private mutating func facts() -> ImageFacts {
        let sides: [UInt32] = [1, 2, 300, 8192, 16_384, 32_768, 32_769, 65_536, .max]
        let times: [Int64?] = [
            nil, 0, -5_364_662_400, -5_364_662_401, 253_402_300_799, 253_402_300_800, .max, .min,
        ]
        var facts = ImageFacts(
            type: ImageType.allCases[number(below: 5)], width: sides[number(below: sides.count)],
            height: sides[number(below: sides.count)], orientation: UInt8(1 + number(below: 8)),
            frames: [1, 1, 2, 1000, 1001, .max][number(below: 6)], hasAlpha: number(below: 2) == 0,
            capturedAt: times[number(below: times.count)])
        if number(below: 2) == 0 {
            facts.likeness = Likeness(
                thumbHash: (0..<number(below: 26)).map { _ in byte() },
                dominantColor: number(below: 2) == 0 ? nil : 0xFF_FFFF, perceptualHash: extreme())
        }
        return facts
    }

    private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var damaged = bytes
        if damaged.isEmpty { return [byte()] }
        for _ in 0...number(below: 4) { damaged[number(below: damaged.count)] = byte() }
        if number(below: 4) == 0 { damaged.removeLast(number(below: damaged.count)) }
        return damaged
    }

    // MARK: Saying it

    private func place(_ bytes: [UInt8]) {
        _ = unsafe pwrite(4, bytes, bytes.count, off_t(SharedLayout.outputs.lowerBound))
    }

    private func send(_ frame: [UInt8]) {
        if frame.isEmpty { return }
        guard case .moved = Socket.sendPacket(3, frame, descriptors: []) else { exit(0) }
    }

    private mutating func extreme() -> UInt64 {
        let numbers: [UInt64] = [
            0, 1, 2, 255, 65_536, 1 << 31, UInt64(UInt32.max), 1 << 40, 1 << 63, .max,
        ]
        return numbers[number(below: numbers.count)]
    }

    private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
    private mutating func number(below end: Int) -> Int { Int(next() % UInt64(max(1, end))) }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
