internal import Answers
internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

/// What is counted and logged of an answer given on the loop.
struct Sending {
    let method: Method
    let target: HTTP.Slice
    let startedAt: UInt64
    let route: Route
    let status: Status
    let byteCount: Int
    let cache: CacheResult

    /// The few bytes of a call that outlive its head's copy on the stack.
    @inline(__always)
    init(_ call: borrowing Call, route: Route, status: Status, byteCount: Int, cache: CacheResult) {
        method = call.head.method
        target = call.head.target
        startedAt = call.startedAt
        self.route = route
        self.status = status
        self.byteCount = byteCount
        self.cache = cache
    }
}

extension PublicResponder {
    // MARK: Heads, composed in the loop's output

    @inline(__always)
    func beginHead(_ status: Status, to call: borrowing Call, _ bytes: Span<UInt8>) {
        context.output.appendStatusLine(status)
        context.appendDate()
        let expires = call.expires
        if fieldSets.dependOnOrigin || expires != 0 {
            fieldSets.fields(for: call.head, in: bytes)
                .append(until: expires, to: &context.output)
        } else {
            context.output.append(commonFieldLines)
        }
    }

    /// Behind the head's beginning, which dates it.
    @inline(__always)
    func append(fieldLinesOf head: RawSpan, _ metadata: EntryMetadata) {
        if metadata.lastModifiedSeconds > context.datedSeconds {
            return context.output.append(fieldLines(of: head, metadata).span)
        }
        context.output.append(head.extracting(StoredHead.fieldLinesOffset(head)...))
    }

    func fieldLines(of head: RawSpan, _ metadata: EntryMetadata) -> [UInt8] {
        var stored = OutputBuffer()
        stored.append(head.extracting(StoredHead.fieldLinesOffset(head)...))
        return StoredHead.notAhead(stored.copy(), lastModified: metadata.lastModifiedSeconds)
    }

    @inline(__always)
    func finishHead(
        _ call: borrowing Call, _ status: CacheStatus, contentLength: Int?,
        _ connection: Connection
    ) {
        call.variance.append(to: &context.output)
        status.append(to: &context.output)
        if let contentLength { context.output.appendContentLength(contentLength) }
        connection.appendConnectionField()
        context.output.appendEndOfHead()
    }

    // MARK: Sending and accounting

    /// Sends the composed head alone.
    func transmit(_ sending: Sending, _ bytes: Span<UInt8>, on connection: Connection) {
        connection.transmit(status: sending.status)
        account(sending, bytes, on: connection)
    }

    /// Sends the composed head and `content` behind it; `nil` for HEAD.
    @inline(__always)
    func transmit(
        _ sending: Sending, _ bytes: Span<UInt8>, on connection: Connection, content: RawSpan?,
        _ file: FilePlace, from offset: Int, source: () -> any BodySource
    ) {
        if let content {
            connection.transmit(
                status: sending.status, content: content, file: file, from: offset,
                continuing: source)
        } else {
            connection.transmit(status: sending.status)
        }
        account(sending, bytes, on: connection)
    }

    /// Records an answer that is out, or leaves that to the connection while it is not.
    @inline(__always)
    func account(_ sending: Sending, _ bytes: Span<UInt8>, on connection: Connection) {
        if sending.cache == .hit { metrics.count(.cacheHits) }
        let record = record(sending)
        let target = bytes.extracting(sending.target.range)
        if connection.isSending {
            connection.tell(
                LoopAccount(
                    metrics: metrics, record: record, target: target.array,
                    peer: connection.peer, startedAt: sending.startedAt))
        } else if logsAccess {
            connection.peer.withText { metrics.record(record, target: target, remote: $0) }
        } else {
            metrics.record(record, target: target, remote: target.extracting(first: 0))
        }
    }

    private func record(_ sending: Sending) -> RequestRecord {
        RequestRecord(
            requestID: logsAccess ? RequestIdentity.make() : 0,
            startedAtMicroseconds:
                logsAccess ? UInt64(clamping: Clock.wallMicroseconds()) : 0,
            durationNanoseconds: Clock.monotonicNanoseconds() &- sending.startedAt,
            method: LoggedMethod(sending.method), route: sending.route,
            status: sending.status.rawValue, byteCount: UInt64(sending.byteCount),
            cacheResult: sending.cache)
    }
}
