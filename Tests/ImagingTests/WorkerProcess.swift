import Foundation
import Glibc
import LinuxIO
import Testing
import WorkerLink

/// The real program at the other end of a real socket.
final class WorkerProcess {
    struct Failure: Error { let reason: String }

    struct Answer {
        let reply: WorkerReply
        let bytes: [UInt8]
        /// They were in memory that was lent for them.
        let isInRoom: Bool
    }

    let versions: String
    let pid: Int32
    private let process: ChildProcess
    private let socket: OwnedDescriptor
    private let memory: SharedMemory
    private var outputEnd = 0
    private static let answerMilliseconds: CInt = 60_000

    init(environment: [String] = []) throws {
        let pair = try Socket.packetPair()
        let theirs = OwnedDescriptor(adopting: pair.second)
        let socket = OwnedDescriptor(adopting: pair.first)
        let memory = try SharedMemory(byteCount: SharedLayout.byteCount)
        let process = try Self.start(theirs, memory, environment)
        versions = try Self.greeting(socket.rawValue)
        pid = process.pid
        self.socket = socket
        self.memory = memory
        self.process = process
    }

    private static func greeting(_ socket: CInt) throws -> String {
        let bytes = try receive(socket)
        guard case .ready(_, let greeting) = try WorkerReply(frame: bytes.span)
        else { throw Failure(reason: "not ready first") }
        return greeting.versions
    }

    /// Made with a sanitizer it maps terabytes, which no bound of memory is put to.
    static let isBound = !program.contains(".build-address")

    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "pollex-worker").path(percentEncoded: false)

    private static func start(
        _ socket: borrowing OwnedDescriptor, _ memory: borrowing SharedMemory,
        _ environment: [String]
    ) throws -> ChildProcess {
        let output = OwnedDescriptor(adopting: dup(2))
        return try ChildProcess(
            path: program, arguments: [],
            // Looking for leaks at the end takes calls that the walls refuse.
            environment: ["ASAN_OPTIONS=detect_leaks=0"] + environment,
            output: output, socket: socket, memory: memory, niceIncrement: 0)
    }

    deinit { process.kill() }

    func send(_ frame: [UInt8], input: [CInt]) {
        outputEnd = SharedLayout.outputs.lowerBound
        #expect(
            Socket.sendPacket(socket.rawValue, frame, descriptors: input) == .moved(frame.count))
    }

    func ask(
        _ request: WorkerRequest, about path: String, beside overlay: String? = nil,
        replies: Int = 1
    ) throws -> [Answer] {
        let input = try LinuxIO.Files.open(path, flags: O_RDONLY)
        // The input once more where there is no other file: it is closed with this.
        let other = try LinuxIO.Files.open(overlay ?? path, flags: O_RDONLY)
        send(
            request.encoded,
            input: overlay == nil ? [input.rawValue] : [input.rawValue, other.rawValue])
        return try (0..<replies).map { _ in try answer() }
    }

    /// As from the edge's store of masters.
    func ask(
        _ request: WorkerRequest, aboutShared bytes: [UInt8], replies: Int = 1
    ) throws -> [Answer] {
        try unsafe memory.write(bytes.span.bytes, at: 0)
        send(request.encoded, input: [])
        return try (0..<replies).map { _ in try answer() }
    }

    private func answer() throws -> Answer {
        let reply = try nextReply()
        if case .roomWanted(let job, let byteCount) = reply {
            return try answer(in: LentMemory(byteCount: Int(byteCount)), to: job)
        }
        let range = outputEnd..<outputEnd + reply.outputByteCount
        outputEnd = range.upperBound
        return Answer(reply: reply, bytes: try memory.read(range), isInRoom: false)
    }

    private func answer(in room: borrowing LentMemory, to job: JobID) throws -> Answer {
        send(RoomGrant(job).encoded, room: room)
        let reply = try nextReply()
        let bytes = try room.read(byteCount: reply.outputByteCount)
        return Answer(reply: reply, bytes: bytes, isInRoom: true)
    }

    private func send(_ frame: [UInt8], room: borrowing LentMemory) {
        let sent = Socket.sendPacket(
            socket.rawValue, frame, descriptors: [room.descriptor.rawValue])
        #expect(sent == .moved(frame.count))
    }

    private func nextReply() throws -> WorkerReply {
        let bytes = try Self.receive(socket.rawValue)
        return try WorkerReply(frame: bytes.span)
    }

    /// Closes the edge's end and waits for the program to leave.
    func finish() throws -> ChildProcess.Exit? {
        Socket.finishSending(socket.rawValue)
        try Self.wait(process.pidDescriptor.rawValue)
        return process.reap()
    }

    /// For a program that leaves by itself.
    func exit() throws -> ChildProcess.Exit? {
        try Self.wait(process.pidDescriptor.rawValue)
        return process.reap()
    }

    private static func receive(_ socket: CInt) throws -> [UInt8] {
        try wait(socket)
        let (result, bytes, descriptors) = Socket.receivePacket(
            socket, capacity: Frame.maxByteCount)
        guard case .moved = result else { throw Failure(reason: "the worker is gone: \(result)") }
        guard descriptors.isEmpty else { throw Failure(reason: "a worker sends descriptors") }
        return bytes
    }

    private static func wait(_ descriptor: CInt) throws {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waited, 1, answerMilliseconds) == 1
        else { throw Failure(reason: "no answer in time") }
    }
}

extension WorkerReply {
    fileprivate var outputByteCount: Int {
        switch self {
        case .rendered(_, let output): Int(output.byteCount)
        case .mastered(_, let byteCount): Int(byteCount)
        case .probed, .refused, .ready, .roomWanted: 0
        }
    }
}
