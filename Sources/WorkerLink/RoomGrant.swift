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
