internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import RenditionCache
internal import Rendition
internal import Telemetry

extension PublicResponder {
    /// `/thumbs/…` and `/optimized/…`. Nothing is allocated on the way of a hit.
    func deliver(
        _ call: Call, _ route: Route, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        guard call.isRead else {
            return answerOtherMethod(call, route, .delivery, bytes, on: connection)
        }
        let entry: RequestMemo.Entry
        do throws(RenditionRequest.Invalid) {
            entry = try requests.entry(for: bytes.extracting(call.head.target.range))
        } catch {
            let answer = ProblemAnswer(status: .badRequest, detail: error.detail)
            return send(answer, to: call, route, bytes, on: connection)
        }
        let request = entry.request
        guard request.isCanonical else {
            return redirect(to: request.canonicalTarget, call, route, bytes, on: connection)
        }
        let recipe =
            request.isNegotiated ? negotiate(request.recipe, call.head, bytes) : request.recipe
        let key = requests.key(of: entry, resolvedTo: recipe)
        if call.head[.ifNoneMatch] != nil, answerNotModified(call, key, request, bytes, connection)
        {
            return
        }
        let isHit = cache.withEntry(key) { entry, head, content in
            answerHit(call, key, request, route, entry, head, content, bytes, on: connection)
        }
        if !isHit { answerMiss(call, key, recipe, request, route, bytes, on: connection) }
    }

    private func negotiate(
        _ recipe: Recipe, _ head: RequestHead, _ bytes: Span<UInt8>
    ) -> Recipe {
        var recipe = recipe
        recipe.format = Negotiation.choose(for: head, in: bytes, enabled: policy.negotiated)
        return recipe
    }

    /// The entity tag is known without the rendition: where it matches and the original is there,
    /// nothing is read or made. `false` when the usual way has to decide.
    private func answerNotModified(
        _ call: Call, _ key: RenditionKey, _ request: RenditionRequest, _ bytes: Span<UInt8>,
        _ connection: Connection
    ) -> Bool {
        let head = call.head
        guard head[.ifMatch] == nil, head[.ifUnmodifiedSince] == nil else { return false }
        let etag = key.etag
        let outcome = etag.withBytes { tag in
            Preconditions.evaluate(head, in: bytes, etag: tag, lastModified: nil)
        }
        guard outcome == .notModified,
            cache.contains(key) || isPresent(key.original)
        else { return false }
        beginHead(.notModified, to: call, bytes)
        etag.withBytes { context.output.appendField("ETag", $0) }
        finishHead(isNegotiated: request.isNegotiated, .none, contentLength: nil, connection)
        let sending = Sending(
            call, route: request.recipe.hasBox ? .thumbs : .optimized,
            status: .notModified, byteCount: 0, cache: .hit)
        transmit(sending, bytes, on: connection)
        return true
    }

    private func isPresent(_ hash: ContentHash) -> Bool {
        guard let summary = try? index.summary(of: hash) else { return false }
        return summary.state == .present
    }

    @inline(__always)
    private func answerHit(
        _ call: Call, _ key: RenditionKey, _ request: RenditionRequest, _ route: Route,
        _ entry: CachedEntry, _ storedHead: RawSpan, _ content: RawSpan, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        // Most requests have no condition and no range; then nothing has to be weighed.
        guard call.head.isConditional || call.head[.range] != nil else {
            return answerWhole(
                call, key, request, route, entry, storedHead, content, bytes, connection)
        }
        let lastModified = HTTPDate(secondsSince1970: entry.metadata.lastModifiedSeconds)
        let etag = key.etag
        let answer = etag.withBytes { tag in
            DeliveryAnswer(
                to: call.head, in: bytes, etag: tag, lastModified: lastModified,
                byteCount: content.byteCount)
        }
        let isNegotiated = request.isNegotiated
        switch answer {
        case .whole:
            answerWhole(call, key, request, route, entry, storedHead, content, bytes, connection)
        case .part(let range):
            beginHead(.partialContent, to: call, bytes)
            append(fieldLinesOf: storedHead)
            context.output.appendContentRange(range, of: content.byteCount)
            finishHead(isNegotiated: isNegotiated, .hit, contentLength: range.count, connection)
            let sending = Sending(
                call, route: route, status: .partialContent, byteCount: range.count,
                cache: .hit)
            let place = FilePlace(
                descriptor: entry.file, offset: entry.bodyOffset + range.lowerBound)
            transmit(
                sending, bytes, on: connection, content: content.extracting(range), place,
                from: range.lowerBound, source: { CachedSource(self.cache, key) })
        case .parts(let ranges):
            let plan = PartsPlan(
                ranges, of: content.byteCount, fieldLines: fieldLines(of: storedHead))
            let source = CachedSource(cache, key)
            sendParts(plan, source, call, route, isNegotiated, bytes, on: connection)
        case .notModified:
            beginHead(.notModified, to: call, bytes)
            append(fieldLinesOf: storedHead)
            finishHead(isNegotiated: isNegotiated, .none, contentLength: nil, connection)
            let sending = Sending(
                call, route: route, status: .notModified, byteCount: 0, cache: .hit)
            transmit(sending, bytes, on: connection)
        case .preconditionFailed:
            send(.preconditionFailed, to: call, route, bytes, on: connection)
        case .unsatisfiable:
            let answer = ProblemAnswer.unsatisfiable(byteCount: content.byteCount)
            send(answer, to: call, route, bytes, on: connection)
        }
    }

    @inline(__always)
    private func answerWhole(
        _ call: Call, _ key: RenditionKey, _ request: RenditionRequest, _ route: Route,
        _ entry: CachedEntry, _ storedHead: RawSpan, _ content: RawSpan, _ bytes: Span<UInt8>,
        _ connection: Connection
    ) {
        beginHead(.ok, to: call, bytes)
        append(fieldLinesOf: storedHead)
        finishHead(
            isNegotiated: request.isNegotiated, .hit, contentLength: content.byteCount, connection)
        let sending = Sending(
            call, route: route, status: .ok, byteCount: content.byteCount, cache: .hit)
        transmit(
            sending, bytes, on: connection,
            content: call.head.method == .head ? nil : content,
            FilePlace(descriptor: entry.file, offset: entry.bodyOffset), from: 0,
            source: { CachedSource(self.cache, key) })
    }
}
