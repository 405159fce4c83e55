package import Answers
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
internal import Permission
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry
internal import Text

/// Uploads and the index, on the blocking pool: `/images`, `/images/<hash>`, `PUT /originals/…`.
package struct ImagesHandler: Sendable {
    let services: ImageServices
    let exchange: Exchange
    let account: LoopAccount

    package init(services: ImageServices, exchange: Exchange, account: LoopAccount) {
        (self.services, self.exchange, self.account) = (services, exchange, account)
    }

    package func run() async {
        do throws(Rejection) {
            exchange.respond(try await answer())
        } catch {
            exchange.respond(
                error.answer.response(
                    instance: exchange.target,
                    fieldLines: exchange.fields(among: services.fieldSets).indexProblem,
                    account: account))
        }
    }

    /// An answer that is an error.
    struct Rejection: Error {
        let answer: ProblemAnswer
        init(_ answer: ProblemAnswer) { self.answer = answer }
    }

    private func answer() async throws(Rejection) -> Response {
        let target = exchange.target
        let path = UTF8String(target[..<(target.firstPlace(of: "?") ?? target.endIndex)])
        if let rest = path.after("/originals/") {
            return try await upload(expecting: try hash(rest))
        }
        if path == "/images" {
            switch exchange.head.method {
            case .get, .head: return try await list()
            case .post: return try await post()
            default: throw Rejection(.methodNotAllowed(.images))
            }
        }
        guard let rest = path.after("/images/") else { throw Rejection(.unknownPath) }
        if let rest = rest.before("/similar") {
            let hash = try hash(rest)
            switch exchange.head.method {
            case .get, .head: return try await listSimilar(to: hash)
            default: throw Rejection(.methodNotAllowed(.delivery))
            }
        }
        let hash = try hash(rest)
        switch exchange.head.method {
        case .get, .head: return try await show(hash)
        case .patch: return try await change(hash)
        case .delete: return try await delete(hash)
        default: throw Rejection(.methodNotAllowed(.image))
        }
    }

    private func hash(_ text: UTF8String) throws(Rejection) -> ContentHash {
        guard let hash = ContentHash(hex: text.string) else { throw Rejection(.malformedHash) }
        return hash
    }

    func allow(_ scope: Scope) throws(Rejection) -> Grant {
        switch decide(scope) {
        case .allowed(let grant):
            if let token = grant.token,
                let refusal = services.permissions.quotas.admit(token: token)
            {
                throw overQuota(refusal)
            }
            return grant
        case .foreign: throw Rejection(.foreignPage)
        case .unauthorized: throw Rejection(.unauthorized)
        case .forbidden: throw Rejection(.forbidden)
        }
    }

    private func decide(_ scope: Scope) -> Access.Decision {
        services.permissions.decide(scope, for: exchange)
    }

    /// Whether the client may see documents, as far as tokens tell.
    var mayRead: Bool {
        if case .allowed = decide(.read) { true } else { false }
    }

    func overQuota(_ refusal: Quotas.Refusal) -> Rejection {
        services.desk.metrics.count(refusal.counter)
        return Rejection(.overQuota(retryAfterSeconds: refusal.retryAfterSeconds))
    }

    func links(for grant: Grant) -> LinkMaker {
        services.links.forReader(hasToken: grant.token != nil)
    }

    // MARK: Deleting

    private func delete(_ hash: ContentHash) async throws(Rejection) -> Response {
        let grant = try allow(.delete)
        let query = try queryItems(known: ["block"])
        if let block = query["block"], block != "1" {
            throw Rejection(
                ProblemAnswer(status: .badRequest, detail: "The parameter block must be 1."))
        }
        guard query["block"] == nil || grant.isAdmin else {
            throw Rejection(
                ProblemAnswer(
                    status: .forbidden,
                    detail: "Blocking is for everybody, and needs a token with the scope admin."))
        }
        let expected = try await expectation(of: hash, grant)
        let receipt = PurgeSum()
        let outcome: DeleteOutcome
        do throws(UploadError) {
            outcome = try await services.ingest.delete(
                hash, block: query["block"] != nil, expecting: expected, of: grant.realm
            ) {
                receipt.set(await services.desk.cache.purge(original: hash))
                await services.desk.masters?.purge(hash)
                services.desk.forgetFailures(of: hash)
            }
        } catch {
            throw Rejection(error.answer)
        }
        var bytes: Int?
        switch outcome {
        case .unknown: throw Rejection(.unknownImage)
        case .changed: throw Rejection(.preconditionFailed)
        case .gone where grant.isBound: throw Rejection(ProblemAnswer.deleted)
        // Others have the bytes still.
        case .gone, .entryDeleted: break
        case .deleted(let document): bytes = document.byteCount
        }
        return json(.ok) { json in
            json.beginObject()
            json.field("hash", hash.hex)
            json.field("originals", bytes == nil ? 0 : 1)
            json.field("originalBytes", bytes ?? 0)
            json.field("renditions", receipt.value.count)
            json.field("renditionBytes", receipt.value.byteCount)
            json.endObject()
        }
    }

    // MARK: Parts

    func look<R>(
        _ body: () async throws(ImageIndexError) -> R
    ) async throws(Rejection) -> R {
        do throws(ImageIndexError) { return try await body() } catch {
            throw Rejection(.storageFailing)
        }
    }

    func queryItems(known: Set<UTF8String>) throws(Rejection) -> QueryItems {
        guard let items = QueryItems(target: exchange.target) else {
            throw Rejection(ProblemAnswer(status: .badRequest, detail: "The query is malformed."))
        }
        if let name = items.unknownName(besides: known) {
            throw Rejection(
                ProblemAnswer(
                    status: .badRequest, detail: "There is no parameter \(name.string.prefix(40)).")
            )
        }
        if let name = items.repeatedName {
            throw Rejection(
                ProblemAnswer(
                    status: .badRequest,
                    detail: "The parameter \(name.string.prefix(40)) comes twice."))
        }
        return items
    }

    func json(
        _ status: Status, _ extraLines: [UInt8] = [], _ body: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        body(&writer)
        return json(status, extraLines, writer.finish())
    }

    func json(_ status: Status, _ extraLines: [UInt8], _ document: [UInt8]) -> Response {
        var lines = OutputBuffer()
        if !status.forbidsContent { lines.appendField("Content-Type", "application/json") }
        // A copy may be kept for asking whether it is still good, and for nothing else.
        lines.appendField("Cache-Control", "private, no-cache")
        lines.append(extraLines.span)
        lines.append(exchange.fields(among: services.fieldSets).index)
        return Response(
            status: status, fields: lines.copy(), content: .bytes(document), account: account)
    }
}
