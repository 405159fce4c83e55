internal import Answers
internal import HTTP
internal import HTTPServer
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

/// What a hit is answered with, out of the cache's map.
extension PublicResponder {
    /// `false`: the cache has not got it.
    @inline(__always)
    func answerHit(_ call: borrowing Call, _ key: RenditionKey) -> Bool {
        cache.withEntry(key) { entry, head, content in
            answerHit(call, key, entry, head, content)
        }
    }

    @inline(__always)
    private func answerHit(
        _ call: borrowing Call, _ key: RenditionKey, _ entry: CachedEntry, _ storedHead: RawSpan,
        _ content: RawSpan
    ) {
        // Most requests have no condition and no range; then nothing has to be weighed.
        guard call.head.isConditional || call.head[.range] != nil else {
            return answerWhole(call, key, entry, storedHead, content)
        }
        let lastModified = HTTPDate(
            secondsSince1970: min(entry.metadata.lastModifiedSeconds, Clock.coarseWallSeconds()))
        let (head, bytes, etag) = (call.head, call.bytes, key.etag)
        let answer = etag.withBytes { tag in
            DeliveryAnswer(
                to: head, in: bytes, etag: tag, lastModified: lastModified,
                byteCount: content.byteCount)
        }
        switch answer {
        case .whole: answerWhole(call, key, entry, storedHead, content)
        case .part(let range):
            beginHead(.partialContent, to: call)
            append(fieldLinesOf: storedHead, entry.metadata)
            context.output.appendContentRange(range, of: content.byteCount)
            finishHead(call, .hit, contentLength: range.count)
            let place = FilePlace(
                descriptor: entry.file, offset: entry.bodyOffset + range.lowerBound)
            transmit(
                .partialContent, call, content.extracting(range), place, from: range.lowerBound
            ) { CachedSource(self.cache, key) }
        case .notModified:
            beginHead(.notModified, to: call)
            append(fieldLinesOf: storedHead, entry.metadata)
            finishHead(call, .none, contentLength: nil)
            transmit(.notModified, call)
        // Rarely asked for, and answered as off the way of a hit.
        case .parts, .preconditionFailed, .unsatisfiable:
            let cached = Representation(
                fieldLines: fieldLines(of: storedHead, entry.metadata),
                etag: etag.withBytes { $0.array }, lastModified: lastModified,
                byteCount: content.byteCount, source: CachedSource(cache, key))
            send(cached: cached, to: call)
        }
    }

    @inline(__always)
    private func answerWhole(
        _ call: borrowing Call, _ key: RenditionKey, _ entry: CachedEntry, _ storedHead: RawSpan,
        _ content: RawSpan
    ) {
        beginHead(.ok, to: call)
        append(fieldLinesOf: storedHead, entry.metadata)
        finishHead(call, .hit, contentLength: content.byteCount)
        guard call.head.method != .head else { return transmit(.ok, call) }
        transmit(
            .ok, call, content,
            FilePlace(descriptor: entry.file, offset: entry.bodyOffset), from: 0
        ) { CachedSource(self.cache, key) }
    }

    // MARK: Heads, composed in the loop's output

    @inline(__always)
    func beginHead(_ status: Status, to call: borrowing Call) {
        context.output.appendStatusLine(status)
        context.appendDate()
        let expires = call.expires
        if fieldSets.dependOnOrigin || expires != 0 {
            fields(for: call).append(until: expires, to: &context.output)
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
    func finishHead(_ call: borrowing Call, _ status: CacheStatus, contentLength: Int?) {
        call.variance.append(to: &context.output)
        status.append(to: &context.output)
        if let contentLength { context.output.appendContentLength(contentLength) }
        call.reply.appendConnectionField()
        context.output.appendEndOfHead()
    }

    // MARK: Sending and accounting

    /// Sends the composed head alone.
    @inline(__always)
    func transmit(_ status: Status, _ call: borrowing Call) {
        call.reply.transmit(status: status)
        account(status, call, byteCount: 0)
    }

    /// Sends the composed head and `content` behind it.
    @inline(__always)
    private func transmit(
        _ status: Status, _ call: borrowing Call, _ content: RawSpan, _ file: FilePlace,
        from offset: Int, source: () -> any BodySource
    ) {
        call.reply.transmit(
            status: status, content: content, file: file, from: offset, continuing: source)
        account(status, call, byteCount: content.byteCount)
    }

    /// Records an answer that is out, or leaves that to the connection while it is not.
    @inline(__always)
    private func account(_ status: Status, _ call: borrowing Call, byteCount: Int) {
        metrics.count(.cacheHits)
        let record = RequestRecord(
            requestID: logsAccess ? RequestIdentity.make() : 0,
            startedAtMicroseconds:
                logsAccess ? UInt64(clamping: Clock.wallMicroseconds()) : 0,
            durationNanoseconds: Clock.monotonicNanoseconds() &- call.startedAt,
            method: LoggedMethod(call.head.method), route: call.route,
            status: status.rawValue, byteCount: UInt64(byteCount), cacheResult: .hit)
        let (reply, target) = (call.reply, call.target)
        if reply.isSending {
            reply.tell(
                LoopAccount(
                    metrics: metrics, record: record, target: target.array,
                    peer: reply.peer, startedAt: call.startedAt))
        } else if logsAccess {
            reply.peer.withText { metrics.record(record, target: target, remote: $0) }
        } else {
            metrics.record(record, target: target, remote: target.extracting(first: 0))
        }
    }
}
