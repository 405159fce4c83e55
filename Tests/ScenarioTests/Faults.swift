import TestSupport
import Foundation

/// A layer between an edge and its C library that fails where it is told to (`Tests/Faults`).
final class Faults {
    /// Built once by the machine's C compiler.
    private static let library = Result {
        let target = FileManager.default.temporaryDirectory
            .appending(path: "pollex-faults-\(getpid()).so").path
        let source = Photos.root.appending(path: "Tests/Faults/faults.c").path
        let built = try run("/usr/bin/gcc", ["-O2", "-shared", "-fPIC", "-o", target, source])
        guard built.status == 0 else {
            throw Failure(reason: String(decoding: built.output, as: UTF8.self))
        }
        atexit { Faults.removeLibrary() }
        return target
    }

    struct Failure: Error { let reason: String }

    private static func removeLibrary() {
        if let path = try? library.get() { try? FileManager.default.removeItem(atPath: path) }
    }

    /// For the edge's process; workers get an environment of their own.
    let environment: [String: String]
    private let folder: Scratch
    private let control: FileHandle
    private var setting: Int32 = 0

    init() throws {
        folder = try Scratch()
        let path = folder.path + "/control"
        try Data(count: 4096).write(to: URL(filePath: path))
        control = try FileHandle(forWritingTo: URL(filePath: path))
        environment = ["LD_PRELOAD": try Self.library.get(), "FAULTS": path]
    }

    /// From now on writes to, or flushes of, files whose path has `part` fail with `EIO`.
    func failWrites(of part: String) throws { try set(write: EIO, flush: 0, part) }
    func failFlushes(of part: String) throws { try set(write: 0, flush: EIO, part) }
    /// From now on such writes wait.
    func holdWrites(of part: String) throws { try set(write: -1, flush: 0, part) }
    func heal() throws {
        try set(write: 0, flush: 0, "")
        try fail([], with: 0)
    }

    /// Calls that can be made to fail, by their bits in `faults.c`.
    struct Calls: OptionSet {
        let rawValue: Int32
        static let pipe = Calls(rawValue: 1)
        static let duplicate = Calls(rawValue: 2)
        static let fork = Calls(rawValue: 4)
        static let processDescriptor = Calls(rawValue: 8)
        static let socketPair = Calls(rawValue: 16)
        static let memory = Calls(rawValue: 32)
        static let truncate = Calls(rawValue: 64)
        static let seal = Calls(rawValue: 128)
        static let flags = Calls(rawValue: 256)
        static let epoll = Calls(rawValue: 512)
        static let open = Calls(rawValue: 1024)
    }

    /// From now on these calls fail, but for the first `skipped` of them.
    func fail(_ calls: Calls, with error: Int32, after skipped: Int32 = 0) throws {
        try set(calls, error, skipped: skipped, inChild: 0, perMille: 0, seed: 0)
    }

    /// From now on the `number`th call that a child makes before it becomes a program fails.
    func failInChild(_ number: Int32) throws {
        try set([], 0, skipped: 0, inChild: number, perMille: 0, seed: 0)
    }

    /// From now on so many of a thousand of these calls fail, and of those of children.
    func failAtRandom(_ calls: Calls, with error: Int32, perMille: Int32, seed: UInt64) throws {
        try set(calls, error, skipped: 0, inChild: 0, perMille: perMille, seed: seed)
    }

    private func set(
        _ calls: Calls, _ error: Int32, skipped: Int32, inChild: Int32, perMille: Int32,
        seed: UInt64
    ) throws {
        setting += 1
        // In one write: what reads it runs.
        let numbers = [calls.rawValue, skipped, error, setting, inChild, perMille]
        try put(numbers.map(Self.bytes).reduce(Data(), +) + Self.bytes(seed), at: 16)
    }

    private func set(write: Int32, flush: Int32, _ part: String) throws {
        try put(Data(count: 8), at: 0)
        try put(Data(part.utf8 + [0]), at: 64)
        try put(Self.bytes(write) + Self.bytes(flush), at: 0)
    }

    private static func bytes(_ number: some FixedWidthInteger) -> Data {
        Data((0..<number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) })
    }

    /// Sets the wall clock, relative to what it would be.
    func jump(seconds: Int64) throws {
        try put(Self.bytes(seconds), at: 8)
    }

    private func put(_ bytes: Data, at offset: UInt64) throws {
        try control.seek(toOffset: offset)
        try control.write(contentsOf: bytes)
    }
}
