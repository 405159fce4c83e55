internal import Answers
internal import Coalescing
internal import HTTP
internal import HTTPServer
internal import ImageAPI
internal import ImageIndex
internal import LinuxIO
internal import Permission
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

// How a request becomes an answer, in the order in which it happens. A hit: target → seal → recipe
// → key → cache. A miss: index → verdict → desk. An original: seal → index → file. What asks for
// the index or changes it goes to the handlers of `ImageAPI`.
extension PublicResponder {
    // MARK: A hit

    /// `/thumbs/…` and `/optimized/…`. Nothing is allocated on the way of a hit.
    func deliver(_ call: inout Call) {
        // Without a gate nobody looks for a signature: most edges are open.
        let seal = gate == nil ? nil : URLSeal(in: call.target)
        let asked: RequestMemo.Entry?
        do throws(RenditionRequest.Invalid) {
            asked = try entry(for: call.target, seal)
        } catch {
            return deliverOtherwise(&call)
        }
        guard let asked, asked.request.isCanonical else { return deliverOtherwise(&call) }
        if let gate {
            let isOpen = gate.isOpen(asked.request.recipe)
            let refusal = gate.refusal(of: call.target, seal: seal, isOpen: isOpen, now: Self.now)
            if let refusal { return send(ProblemAnswer(refusal), to: call) }
        }
        deliver(&call, asked, seal)
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
    func deliver(_ call: inout Call, _ asked: RequestMemo.Entry, _ seal: URLSeal?) {
        call.learn(of: asked.request, gate == nil ? nil : seal, hints: takesHints)
        let entry = call.variance.hints ? hinted(asked, call) : asked
        let request = entry.request
        let recipe = request.isNegotiated ? negotiate(request.recipe, call) : request.recipe
        let key = requests.key(of: entry, resolvedTo: recipe)
        if call.head[.ifNoneMatch] != nil, answerNotModified(call, key) { return }
        let isHit = answerHit(call, key)
        if !isHit { answerMiss(call, key, recipe, request) }
    }

    /// What the client's hints make of the request, as far as it may ask for that.
    private func hinted(
        _ asked: RequestMemo.Entry, _ call: borrowing Call
    ) -> RequestMemo.Entry {
        let ratio = call.head[.secCHDPR].map(\.range) ?? 0..<0
        let width = call.head[.secCHWidth].map(\.range) ?? 0..<0
        let recipe = ClientHints.apply(
            ratio: call.bytes.extracting(ratio), width: call.bytes.extracting(width),
            to: asked.request.recipe, limits: policy.limits)
        guard recipe != asked.request.recipe, gate?.isOpen(recipe) != false else { return asked }
        return RequestMemo.Entry(unkept: asked.request.hinted(recipe))
    }

    private func negotiate(_ recipe: Recipe, _ call: borrowing Call) -> Recipe {
        var recipe = recipe
        recipe.format = Negotiation.choose(
            for: call.head, in: call.bytes, enabled: policy.negotiated)
        return recipe
    }

    /// The entity tag is known without the rendition: where it matches and the original is there,
    /// nothing is read or made. `false` when the usual way has to decide.
    private func answerNotModified(_ call: borrowing Call, _ key: RenditionKey) -> Bool {
        let head = call.head
        guard head[.ifMatch] == nil, head[.ifUnmodifiedSince] == nil else { return false }
        let etag = key.etag
        let bytes = call.bytes
        let outcome = etag.withBytes { tag in
            Preconditions.evaluate(head, in: bytes, etag: tag, lastModified: nil)
        }
        guard outcome == .notModified, cache.contains(key) || isPresent(key.original)
        else { return false }
        beginHead(.notModified, to: call)
        etag.withBytes { context.output.appendField("ETag", $0) }
        finishHead(call, .none, contentLength: nil)
        transmit(.notModified, call)
        return true
    }

    private func isPresent(_ hash: ContentHash) -> Bool {
        guard let summary = try? index.summary(of: hash) else { return false }
        return summary.state == .present
    }

    // MARK: A miss

    /// The rendition is not in the cache: is there an original to make it of, and has it not been
    /// refused? Then the desk makes it, or joins who has asked for it; where AVIF would be late,
    /// the next best is made.
    private func answerMiss(
        _ call: borrowing Call, _ key: RenditionKey, _ recipe: Recipe, _ request: RenditionRequest
    ) {
        if isUnheardOf(key.original) { return seek(key, recipe, request, call) }
        let original: ImageSummary
        do throws(ProblemAnswer) { original = try present(key.original) } catch {
            return send(error, to: call)
        }
        if let verdict = try? index.verdict(on: key.original, pipeline: pipeline) {
            return send(ProblemAnswer(RenditionFailure(verdict)), to: call)
        }
        let order = RenditionOrder(
            key: key, recipe: recipe, target: request.canonicalTarget, original: original,
            ticket: services.desk.cache.ticket(), masterTicket: services.desk.masters?.ticket(),
            client: JobClient(call.reply.peer.network.bytes))
        if request.isNegotiated, recipe.format == .explicit(.avif), services.desk.isLate(order) {
            return answerInterim(insteadOf: order, call)
        }
        wait(for: order, isInterim: false, call)
    }

    /// AVIF would be late: the next best now, for half a minute; AVIF is made when there is time,
    /// and then the same URL answers with it.
    private func answerInterim(insteadOf dear: RenditionOrder, _ call: borrowing Call) {
        services.desk.makeLater(dear)
        var recipe = dear.recipe
        recipe.format = Negotiation.choose(
            for: call.head, in: call.bytes,
            enabled: policy.negotiated.contains(.webp) ? [.webp] : [])
        let key = RenditionKey(
            original: dear.key.original, recipe: recipe, pipeline: pipeline, limits: policy.limits)
        let isHit = cache.withEntry(key) { entry, storedHead, content in
            let source = CachedSource(cache, key)
            let whole = Representation.Content(
                status: .ok, fieldLines: fieldLines(of: storedHead, entry.metadata),
                pieces: [.content(source, 0..<content.byteCount)])
            send(cached: whole, lasting: .interim, to: call)
        }
        if isHit { return }
        let order = RenditionOrder(
            key: key, recipe: recipe, target: dear.target, original: dear.original,
            ticket: dear.ticket, masterTicket: dear.masterTicket, client: dear.client)
        wait(for: order, isInterim: true, call)
    }

    private func wait(
        for order: RenditionOrder, isInterim: Bool, _ call: borrowing Call
    ) {
        let miss = Miss(
            desk: services.desk, fieldSets: fieldSets, order: order,
            exchange: call.reply.handOver(call.head, bytes: call.bytes),
            account: makeAccount(call, .miss), variance: call.variance, isInterim: isInterim,
            expires: call.expires, attemptsLeft: 3)
        miss.join()
    }

    /// What is known of an original that is there; why it is not, else.
    private func present(_ hash: ContentHash) throws(ProblemAnswer) -> ImageSummary {
        let summary: ImageSummary?
        do throws(ImageIndexError) { summary = try index.summary(of: hash) } catch {
            throw .storageFailing
        }
        switch summary?.state {
        case nil: throw .unknownImage
        case .deleted: throw .deleted
        case .blocked: throw .blocked
        case .present: break
        }
        guard let summary else { throw .unknownImage }
        return summary
    }

    // MARK: An original

    /// `/originals/<hash>`: the uploaded bytes.
    func answerOriginal(_ call: inout Call) {
        guard services.settings.servesOriginals else { return send(.unknownPath, to: call) }
        let seal = URLSeal(in: call.target)
        let found = seal.map { seal in seal.withBare(of: call.target) { Self.original($0) } ?? nil }
        guard let hash = found ?? Self.original(call.target) else {
            return answerOriginalOtherwise(&call)
        }
        let refusal = gate?.refusal(
            of: call.target, seal: seal, isOpen: gate?.originalsAreSigned != true, now: Self.now)
        if let refusal { return send(ProblemAnswer(refusal), to: call) }
        sendOriginal(&call, hash, seal)
    }

    private static func original(_ bare: Span<UInt8>) -> ContentHash? {
        ContentHash(hex: bare.extracting(droppingFirst: min("/originals/".utf8.count, bare.count)))
    }

    /// What may be delivered.
    func sendOriginal(_ call: inout Call, _ hash: ContentHash, _ seal: URLSeal?) {
        if gate != nil { call.learn(of: seal) }
        if isUnheardOf(hash) { return seekOriginal(hash, call) }
        let original: ImageSummary
        do throws(ProblemAnswer) { original = try present(hash) } catch {
            return send(error, to: call)
        }
        let account = makeAccount(call, .none)
        let answer = OriginalAnswer(
            originals: services.originals, fieldSets: fieldSets, hash: hash, summary: original,
            exchange: call.reply.handOver(call.head, bytes: call.bytes), account: account,
            expires: call.expires)
        Task(executorPreference: services.blocking) { await answer.run() }
    }

    // MARK: Uploads and the index

    /// Handled off the loop.
    func handOver(
        _ call: borrowing Call, _ action: ImagesHandler.Action, _ scope: Scope, at shape: PathShape
    ) {
        if call.head.expectation == .unsupported {
            return send(
                ProblemAnswer(
                    status: .expectationFailed, detail: "Only 100-continue can be expected."),
                to: call)
        }
        if let refusal = services.quotas.admit(call.reply.peer) {
            return refuse(refusal, call)
        }
        let rest = shape.rest(of: call.target)
        let account = makeAccount(call, .none)
        let exchange = call.reply.handOver(call.head, bytes: call.bytes)
        let handler = ImagesHandler(
            services: services.images, exchange: exchange, account: account,
            isForEveryPage: Self.isUploadLink(call))
        let task = Task(executorPreference: services.blocking) {
            await handler.run(action, scope: scope, at: rest)
        }
        exchange.whenAbandoned { task.cancel() }
    }

    // MARK: What comes with the program

    func answerOpenAPI(_ call: borrowing Call) { send(OpenAPIDocument.file, to: call) }

    /// A file of the console, whose name the path leaves open.
    func answerConsole(_ call: borrowing Call, at shape: PathShape) {
        guard services.settings.servesConsole,
            let file = ConsoleFiles.byName[shape.rest(of: call.target)]
        else { return send(.unknownPath, to: call) }
        send(file, to: call)
    }

    func answerFrontPage(_ call: borrowing Call) {
        send(
            services.settings.servesConsole ? FrontPage.withConsole : FrontPage.without, to: call)
    }

    func redirectToConsole(_ call: borrowing Call) {
        guard services.settings.servesConsole else { return send(.unknownPath, to: call) }
        var lines = OutputBuffer()
        lines.appendField("Location", "/console/")
        lines.appendField("Cache-Control", "no-cache")
        lines.append(fields(for: call).index)
        call.reply.send(
            Response(
                status: .permanentRedirect, fields: lines.copy(),
                account: makeAccount(call, .none)))
    }

    private func send(_ file: BuiltInFile, to call: borrowing Call) {
        call.reply.send(
            file.respond(
                to: call.head, in: call.bytes, fields: fields(for: call),
                account: makeAccount(call, .none)))
    }
}
