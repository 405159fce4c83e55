import Foundation
import Testing

/// A worker's stand-in with planted code, behind the walls of `Sandbox` and without them: what it
/// reaches without them and not behind them is what they stop.
@Suite struct SandboxTests {
    enum Walls: String { case walls, none }

    enum Outcome: Equatable, Sendable {
        case worked, refused, wallsMissing, misuse
        case killed(by: Int32)

        var isStopped: Bool {
            switch self {
            case .refused, .killed(by: SIGSYS), .killed(by: SIGXCPU), .killed(by: SIGXFSZ): true
            default: false
            }
        }
    }

    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "planted-worker")
    /// A sanitized program has terabytes of address space mapped, and calls of its own.
    private static let isSanitized =
        program.path.contains(".build-address")
        || program.path.contains(".build-thread")

    static let attempts = [
        "open-file", "open-file-by-openat2", "open-in-older-thread", "create-file",
        "open-own-memory", "list-directory", "status-of-file", "remove-file", "socket",
        "socket-pair", "execute", "fork", "clone", "be-traced", "read-parent", "take-descriptor",
        "signal-parent", "signal-thread-of-parent", "allocate-4-gib", "map-code",
        "turn-data-into-code", "large-file", "raise-memory-limit", "many-descriptors", "loop",
        "become-dumpable", "new-namespace", "io-uring", "bpf", "memory-file", "send-descriptor",
        "send-many", "send-to-address", "grow-memory", "allocate-memory", "splice", "pipe",
        "event", "duplicate", "system-v-memory",
    ]
    /// What some machines refuse to anybody.
    private static let dependsOnTheMachine: Set = [
        "read-parent", "take-descriptor", "new-namespace", "io-uring", "bpf", "raise-memory-limit",
        "allocate-4-gib", "become-dumpable",
    ]

    static func outcome(of attempt: String, behind walls: Walls) throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = [attempt, walls.rawValue]
        process.environment = ["SWIFT_BACKTRACE": "enable=no"]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationReason == .uncaughtSignal {
            return .killed(by: process.terminationStatus)
        }
        return switch process.terminationStatus {
        case 0: .worked
        case 1: .refused
        case 2: .wallsMissing
        default: .misuse
        }
    }

    @Test(.disabled(if: isSanitized), arguments: attempts)
    func stopsWhatIsNoWork(attempt: String) throws {
        let outcome = try Self.outcome(of: attempt, behind: .walls)
        #expect(outcome.isStopped, "\(attempt): \(outcome)")
    }

    /// Without the walls the same attempts work, so it is the walls that stop them.
    @Test(arguments: attempts)
    func withoutWallsTheyWork(attempt: String) throws {
        let outcome = try Self.outcome(of: attempt, behind: .none)
        if outcome != .worked, Self.dependsOnTheMachine.contains(attempt) {
            try Test.cancel("this machine refuses \(attempt) to anybody")
        }
        #expect(outcome == .worked)
    }

    /// What the codecs need stays possible.
    @Test(.disabled(if: isSanitized), arguments: ["thread", "send-packet"])
    func letsWorkThrough(attempt: String) throws {
        #expect(try Self.outcome(of: attempt, behind: .walls) == .worked)
    }

    @Test(.disabled(if: isSanitized))
    func aTrapStillEndsByItsOwnSignal() throws {
        #expect(try Self.outcome(of: "abort", behind: .walls) == .killed(by: SIGABRT))
    }

    @Test(.disabled(if: isSanitized)) func endlessWorkEndsByProcessorTime() throws {
        #expect(try Self.outcome(of: "loop", behind: .walls) == .killed(by: SIGXCPU))
    }
}
