/// What stands between a worker and everything that is not its job. Raw values stand in frames:
/// never renumber.
package enum Wall: UInt8, CaseIterable, Hashable, Sendable {
    /// Bounds on memory, files and processor time (setrlimit(2)).
    case limits = 1
    /// No path, no port (landlock(7)).
    case landlock = 2
    /// No call that a job does not need (seccomp(2)).
    case seccomp = 3

    package var word: StaticString {
        switch self {
        case .limits: "limits"
        case .landlock: "landlock"
        case .seccomp: "seccomp"
        }
    }
}
