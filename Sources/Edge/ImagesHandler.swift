internal import Digest
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import Ingest
internal import Rendition
internal import RenditionCache
internal import Telemetry

/// Uploads and the index, on the blocking pool: `/images`, `/images/<hash>`, `PUT /originals/…`.
struct ImagesHandler: Sendable {
    let services: EdgeServices
    let exchange: Exchange
    let account: LoopAccount

    func run() async {
        do throws(Rejection) {
            exchange.respond(try await answer())
        } catch {
            exchange.respond(
                error.answer.response(instance: exchange.target, account: account))
        }
    }

    /// An answer that is an error.
    struct Rejection: Error {
        let answer: ProblemAnswer
        init(_ answer: ProblemAnswer) { self.answer = answer }
    }

    private func answer() async throws(Rejection) -> Response {
        let target = exchange.target
        let path = target.prefix { $0 != "?" }
        if path.hasPrefix("/originals/") {
            return try await upload(expecting: try hash(path.dropFirst(11)))
        }
        if path == "/images" {
            switch exchange.head.method {
            case .get, .head: return try await list()
            case .post: return try await upload(expecting: nil)
            default: throw otherMethod(.images)
            }
        }
        let hash = try hash(path.dropFirst("/images/".count))
        switch exchange.head.method {
        case .get, .head: return try await show(hash)
        case .delete: return try await delete(hash)
        default: throw otherMethod([.get, .head, .delete, .options])
        }
    }

    private func otherMethod(_ allowed: MethodSet) -> Rejection {
        exchange.head.method == .unknown
            ? Rejection(
                ProblemAnswer(status: .notImplemented, detail: "The method is not known here."))
            : Rejection(.methodNotAllowed(allowed))
    }

    private func hash(_ text: Substring) throws(Rejection) -> ContentHash {
        guard let hash = ContentHash(hex: text) else { throw Rejection(.malformedHash) }
        return hash
    }

    /// The owner that the client's token stands for, if any.
    private func allow(_ scope: Scope) throws(Rejection) -> String? {
        switch services.access.decide(scope, for: exchange) {
        case .allowed(let owner): return owner
        case .unauthorized: throw Rejection(.unauthorized)
        case .forbidden: throw Rejection(.forbidden)
        }
    }

    /// - Precondition: the request was allowed, so that a token it has is a good one.
    private var links: LinkMaker {
        LinkMaker(
            gate: services.settings.gate, servesOriginals: services.settings.servesOriginals,
            readerHasToken: exchange.head[.authorization] != nil)
    }

    // MARK: Uploads

    private func upload(expecting hash: ContentHash?) async throws(Rejection) -> Response {
        let owner = try allow(.upload)
        let query = try queryItems(known: ["name", "owner", "tags"])
        var upload = Ingest.Upload(byteLimit: services.settings.uploadByteLimit)
        if case .length(let count) = exchange.head.framing, count > UInt64(upload.byteLimit) {
            throw Rejection(UploadError.tooLarge(limit: upload.byteLimit).answer)
        }
        upload.expectedHash = hash
        let headBytes = exchange.headBytes
        for field in [KnownField.contentDigest, .reprDigest] {
            switch DigestField(field, of: exchange.head, in: headBytes.span) {
            case .absent: break
            case .malformed:
                throw Rejection(
                    ProblemAnswer(status: .badRequest, detail: "A digest field is malformed."))
            case .sha256(let bytes): upload.expectedDigests.append(.init(bytes: bytes))
            }
        }
        upload.name = query["name"]
        upload.owner = owner ?? query["owner"]
        upload.tags = query["tags"].map { $0.split(separator: ",").map(String.init) } ?? []
        do throws(UploadError) {
            let outcome = try await services.ingest.take(upload) {
                try await exchange.nextChunk()
            }
            return uploaded(outcome)
        } catch {
            services.metrics.count(error.counter)
            throw Rejection(error.answer)
        }
    }

    private func uploaded(_ outcome: Ingest.Outcome) -> Response {
        let (status, document): (Status, ImageDocument) =
            switch outcome {
            case .created(let document): (.created, document)
            case .known(let document): (.ok, document)
            }
        services.metrics.count(status == .created ? .uploadsCreated : .uploadsKnown)
        let location = ProblemAnswer.line("Location", "/images/\(document.hash.hex)")
        return json(status, location) { json in
            ImageJSON.append(document, renditions: nil, links: links, to: &json)
        }
    }

    // MARK: The index

    private func show(_ hash: ContentHash) async throws(Rejection) -> Response {
        _ = try allow(.read)
        var document = try await present(hash)
        if document.status == .failed,
            try await look({ () throws(ImageIndexError) in
                try await services.index.verdict(for: hash, pipeline: services.pipeline)
            }) == nil
        {
            // Other codecs said so; these have not been asked yet.
            (document.status, document.error) = (.ready, nil)
        }
        let renditions = await services.cache.list(original: hash).compactMap(ListedRendition.init)
        return json(.ok) { json in
            ImageJSON.append(document, renditions: renditions, links: links, to: &json)
        }
    }

    private func present(_ hash: ContentHash) async throws(Rejection) -> ImageDocument {
        switch try await look({ () throws(ImageIndexError) in try await services.index.image(hash) }
        ) {
        case .present(let document): return document
        case .deleted: throw Rejection(.deleted)
        case .blocked: throw Rejection(.blocked)
        case .unknown: throw Rejection(.unknownImage)
        }
    }

    private func list() async throws(Rejection) -> Response {
        _ = try allow(.read)
        let items = try queryItems(known: ImageListing.parameters)
        let listing: ImageListing
        do throws(ImageListing.Invalid) { listing = try ImageListing(items) } catch {
            throw Rejection(ProblemAnswer(status: .badRequest, detail: error.detail))
        }
        let page = try await look { () throws(ImageIndexError) in
            try await services.index.list(
                listing.query, limit: listing.limit, after: listing.cursor)
        }
        var lines: [UInt8] = []
        if let next = page.next {
            lines = ProblemAnswer.line("Link", "<\(listing.target(after: next))>; rel=\"next\"")
        }
        return json(.ok, lines) { json in
            json.beginObject()
            json.key("images")
            json.beginArray()
            for image in page.images {
                ImageJSON.append(image, renditions: nil, links: links, to: &json)
            }
            json.endArray()
            json.key("next")
            if let next = page.next { json.string(next.text) } else { json.null() }
            json.endObject()
        }
    }

    private func delete(_ hash: ContentHash) async throws(Rejection) -> Response {
        _ = try allow(.delete)
        let query = try queryItems(known: ["block"])
        if let block = query["block"], block != "1" {
            throw Rejection(
                ProblemAnswer(status: .badRequest, detail: "The parameter block must be 1."))
        }
        let receipt = PurgeSum()
        let outcome: DeleteOutcome
        do throws(UploadError) {
            outcome = try await services.ingest.delete(hash, block: query["block"] != nil) {
                receipt.set(await services.cache.purge(original: hash))
                await services.masters?.purge(hash)
            }
        } catch {
            throw Rejection(error.answer)
        }
        let bytes: Int
        switch outcome {
        case .unknown: throw Rejection(.unknownImage)
        case .gone: bytes = 0
        case .deleted(let document): bytes = document.byteCount
        }
        return json(.ok) { json in
            json.beginObject()
            json.field("hash", hash.hex)
            json.field("originals", outcome == .gone ? 0 : 1)
            json.field("originalBytes", bytes)
            json.field("renditions", receipt.value.count)
            json.field("renditionBytes", receipt.value.byteCount)
            json.endObject()
        }
    }

    // MARK: Parts

    private func look<R>(
        _ body: () async throws(ImageIndexError) -> R
    ) async throws(Rejection) -> R {
        do throws(ImageIndexError) { return try await body() } catch {
            throw Rejection(.storageFailing)
        }
    }

    private func queryItems(known: Set<String>) throws(Rejection) -> QueryItems {
        guard let items = QueryItems(target: exchange.target) else {
            throw Rejection(ProblemAnswer(status: .badRequest, detail: "The query is malformed."))
        }
        if let name = items.unknownName(besides: known) {
            throw Rejection(
                ProblemAnswer(
                    status: .badRequest, detail: "There is no parameter \(name.prefix(40))."))
        }
        return items
    }

    private func json(
        _ status: Status, _ extraLines: [UInt8] = [], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "application/json")
        lines.appendField("Cache-Control", "no-store")
        lines.append(extraLines.span)
        lines.append(services.indexFieldLines)
        return Response(
            status: status, fields: lines.copy(), content: .bytes(writer.finish()),
            account: account)
    }
}
