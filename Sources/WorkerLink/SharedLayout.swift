package import Rendition

/// How the memory between the edge and one of its workers is laid out, which every job uses again:
/// new memory for each would take longer than what it holds takes to copy. What does not fit comes
/// in a file of its own, whose descriptor is beside the frame.
package enum SharedLayout {
    /// A job's input, from the first byte on, unless it is a file.
    package static let inputByteCount = 2 << 20
    /// Its outputs, one behind the other in the order of their replies.
    package static let outputs = inputByteCount..<byteCount

    package static let byteCount = 4 << 20
}

/// Memory of the edge's for one output that the shared one has no room for, as large as the worker
/// said; its descriptor comes beside the frame.
package struct RoomGrant: Hashable, Sendable {
    package let job: JobID

    package init(_ job: JobID) { self.job = job }

    package var encoded: [UInt8] {
        var writer = FrameWriter(kind: .room)
        writer.put(job.value)
        return writer.bytes
    }

    package init(frame: Span<UInt8>) throws(FrameError) {
        var reader = FrameReader()
        let kind = try reader.kind(from: frame)
        guard kind == .room else { throw .unknownKind(kind.rawValue) }
        job = JobID(try reader.integer(from: frame))
        try reader.finish(frame)
    }
}

/// What a worker says of itself before its first job.
package struct Greeting: Hashable, Sendable {
    package static let maxVersionsBytes = 1024

    /// Names the codecs, for the pipeline version.
    package let versions: String
    /// Those that hold.
    package let walls: EnumSet<Wall>

    package init(versions: String, walls: EnumSet<Wall>) {
        (self.versions, self.walls) = (versions, walls)
    }

    package var missingWalls: [Wall] { Wall.allCases.filter { !walls.contains($0) } }
}

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
