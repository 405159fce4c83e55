internal import JSON

/// One line of the access log: a JSON object that never holds a token or a signature.
enum AccessLine {
    /// No allocation: some hundred thousand lines a second may have to be written.
    static func append(
        _ request: RequestRecord, target: Span<UInt8>, remote: Span<UInt8>, reason: Span<UInt8>,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.key("time")
        writer.timestamp(microseconds: request.startedAtMicroseconds)
        writer.key("id")
        writer.hexadecimal(request.requestID)
        writer.key("remote")
        if remote.isEmpty { writer.null() } else { writer.string(remote) }
        writer.field("method", request.method.label)
        writer.key("target")
        writer.beginString()
        ShownTarget.forEachPart(of: target) { writer.append($0) }
        writer.endString()
        writer.field("route", request.route.label)
        writer.field("status", UInt64(request.status))
        writer.field("bytes", request.byteCount)
        writer.field("cache", request.cacheResult.label)
        writer.field("duration_us", request.durationNanoseconds / 1000)
        if request.queueMicroseconds != 0 || request.jobMicroseconds != 0 {
            writer.field("queue_us", UInt64(request.queueMicroseconds))
            writer.field("job_us", UInt64(request.jobMicroseconds))
        }
        if !reason.isEmpty {
            writer.key("reason")
            writer.string(reason)
        }
        writer.endObject()
        writer.endLine()
    }
}
