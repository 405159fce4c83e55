internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

extension PublicResponder {
    /// `/thumbs/…` and `/optimized/…`. Nothing is allocated on the way of a hit.
    func deliver(
        _ call: inout Call, _ route: Route, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        guard call.isRead else {
            return answerOtherMethod(call, route, .delivery, bytes, on: connection)
        }
        // Without a gate nobody looks for a signature: most edges are open.
        let target = bytes.extracting(call.head.target.range)
        let seal = gate == nil ? nil : URLSeal(in: target)
        let asked: RequestMemo.Entry?
        do throws(RenditionRequest.Invalid) {
            asked = try entry(for: target, seal)
        } catch {
            return deliverOtherwise(&call, route, bytes, on: connection)
        }
        guard let asked, asked.request.isCanonical else {
            return deliverOtherwise(&call, route, bytes, on: connection)
        }
        if let gate {
            let isOpen = gate.isOpen(asked.request.recipe)
            let refusal = gate.refusal(of: target, seal: seal, isOpen: isOpen, now: Self.now)
            if let refusal {
                return send(ProblemAnswer(refusal), to: call, route, bytes, on: connection)
            }
        }
        deliver(&call, route, asked, seal, bytes, on: connection)
    }

    @inline(__always)
    private func entry(
        for target: Span<UInt8>, _ seal: URLSeal?
    ) throws(RenditionRequest.Invalid) -> RequestMemo.Entry? {
        guard let seal else { return try requests.entry(for: target) }
        return try seal.withBare(of: target) { (bare) throws(RenditionRequest.Invalid) in
            try requests.entry(for: bare)
        }
    }

    /// What may be delivered.
    @inline(__always)
    func deliver(
        _ call: inout Call, _ route: Route, _ asked: RequestMemo.Entry, _ seal: URLSeal?,
        _ bytes: Span<UInt8>, on connection: Connection
    ) {
        call.learn(of: asked.request, gate == nil ? nil : seal, hints: takesHints)
        let entry =
            call.variance.contains(.hints) ? hinted(asked, call.head, bytes) : asked
        let request = entry.request
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

    /// What the client's hints make of the request, as far as it may ask for that.
    private func hinted(
        _ asked: RequestMemo.Entry, _ head: RequestHead, _ bytes: Span<UInt8>
    ) -> RequestMemo.Entry {
        let ratio = head[.secCHDPR].map(\.range) ?? 0..<0
        let width = head[.secCHWidth].map(\.range) ?? 0..<0
        let recipe = ClientHints.apply(
            ratio: bytes.extracting(ratio), width: bytes.extracting(width),
            to: asked.request.recipe, limits: policy.limits)
        guard recipe != asked.request.recipe, gate?.isOpen(recipe) != false else { return asked }
        return RequestMemo.Entry(unkept: asked.request.hinted(recipe))
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
        finishHead(call, .none, contentLength: nil, connection)
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
        let lastModified = HTTPDate(
            secondsSince1970: min(entry.metadata.lastModifiedSeconds, Clock.coarseWallSeconds()))
        let etag = key.etag
        let answer = etag.withBytes { tag in
            DeliveryAnswer(
                to: call.head, in: bytes, etag: tag, lastModified: lastModified,
                byteCount: content.byteCount)
        }
        switch answer {
        case .whole:
            answerWhole(call, key, request, route, entry, storedHead, content, bytes, connection)
        case .part(let range):
            beginHead(.partialContent, to: call, bytes)
            append(fieldLinesOf: storedHead, entry.metadata)
            context.output.appendContentRange(range, of: content.byteCount)
            finishHead(call, .hit, contentLength: range.count, connection)
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
                ranges, of: content.byteCount,
                fieldLines: fieldLines(of: storedHead, entry.metadata))
            let source = CachedSource(cache, key)
            sendParts(plan, source, call, route, bytes, on: connection)
        case .notModified:
            beginHead(.notModified, to: call, bytes)
            append(fieldLinesOf: storedHead, entry.metadata)
            finishHead(call, .none, contentLength: nil, connection)
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
        append(fieldLinesOf: storedHead, entry.metadata)
        finishHead(
            call, .hit, contentLength: content.byteCount, connection)
        let sent = call.head.method == .head ? nil : content
        let sending = Sending(
            call, route: route, status: .ok, byteCount: sent?.byteCount ?? 0, cache: .hit)
        transmit(
            sending, bytes, on: connection, content: sent,
            FilePlace(descriptor: entry.file, offset: entry.bodyOffset), from: 0,
            source: { CachedSource(self.cache, key) })
    }
}
