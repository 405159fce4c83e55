package import Answers
internal import HTTP
package import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
package import Permission
internal import Rendering
package import Rendition
internal import RenditionCache
internal import Telemetry
internal import Text

/// Uploads and the index, on the blocking pool: `/images`, `/images/<hash>`, `PUT /originals/…`.
package struct ImagesHandler: Sendable {
    let services: ImageServices
    let exchange: Exchange
    let account: LoopAccount
    /// By which an upload comes, if it does.
    var link: UploadLink?
    /// Whether pages of every origin may read the answer: a link is for whoever has it.
    private let isForEveryPage: Bool

    package init(
        services: ImageServices, exchange: Exchange, account: LoopAccount,
        isForEveryPage: Bool = false
    ) {
        (self.services, self.exchange, self.account) = (services, exchange, account)
        self.isForEveryPage = isForEveryPage
    }

    /// Of answers to this request.
    var fields: DeliveryFields {
        isForEveryPage ? .forEveryPage : exchange.fields(among: services.fieldSets)
    }

    /// What a row of the table of routes calls.
    package enum Action: Sendable {
        case collection(
            @Sendable (ImagesHandler) -> @Sendable (Grant) async throws(ProblemAnswer) -> Response)
        /// Of one image, whose hash is in the path.
        case image(
            @Sendable (ImagesHandler) ->
                @Sendable (ContentHash, Grant)
                async throws(ProblemAnswer) -> Response)
        /// By what the target itself allows.
        case sealed(
            @Sendable (ImagesHandler) -> @Sendable () async throws(ProblemAnswer) -> Response)
    }

    /// - Parameter place: what the path says of which image.
    package func run(_ action: Action, scope: Scope, at place: [UInt8]) async {
        do throws(ProblemAnswer) {
            exchange.respond(try await answer(action, scope, place))
        } catch {
            var error = error
            if comesInPieces { error.fieldLines += TusRequest.versionLine }
            exchange.respond(
                error.response(
                    instance: exchange.target,
                    fieldLines: fields.indexProblem,
                    account: account))
        }
    }

    private func answer(
        _ action: Action, _ scope: Scope, _ place: [UInt8]
    ) async throws(ProblemAnswer) -> Response {
        switch action {
        case .collection(let answer): return try await answer(self)(try allow(scope))
        case .sealed(let answer): return try await answer(self)()
        case .image(let answer):
            guard let hash = ContentHash(hex: place.span) else { throw .malformedHash }
            return try await answer(self)(hash, try allow(scope))
        }
    }

    func allow(_ scope: Scope) throws(ProblemAnswer) -> Grant {
        switch decide(scope) {
        case .allowed(let grant):
            if let token = grant.token,
                let refusal = services.permissions.quotas.admit(token: token)
            {
                throw overQuota(refusal)
            }
            return grant
        case .foreign: throw .foreignPage
        case .unauthorized: throw .unauthorized
        case .forbidden: throw .forbidden(lacking: scope.rawValue)
        }
    }

    private func decide(_ scope: Scope) -> Access.Decision {
        services.permissions.decide(scope, for: exchange)
    }

    /// Whether the client may see documents, as far as tokens tell.
    var mayRead: Bool {
        if case .allowed = decide(.read) { true } else { false }
    }

    func overQuota(_ refusal: Quotas.Refusal) -> ProblemAnswer {
        services.desk.metrics.count(refusal.counter)
        return .overQuota(retryAfterSeconds: refusal.retryAfterSeconds)
    }

    func links(for grant: Grant) -> LinkMaker {
        services.links.forReader(hasToken: grant.token != nil)
    }

    // MARK: Deleting

    package func delete(
        _ hash: ContentHash, _ grant: Grant
    ) async throws(ProblemAnswer) -> Response {
        let query = try queryItems(known: ["block"])
        if let block = query["block"], block != "1" {
            throw ProblemAnswer(status: .badRequest, detail: "The parameter block must be 1.")
        }
        guard query["block"] == nil || grant.isAdmin else {
            throw ProblemAnswer(
                status: .forbidden,
                detail: "Blocking is for everybody, and needs a token with the scope admin.")
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
            throw error.answer
        }
        var bytes: Int?
        switch outcome {
        case .unknown: throw .unknownImage
        case .changed: throw .preconditionFailed
        case .gone where grant.isBound: throw .deleted
        // Others have the bytes still.
        case .gone, .entryDeleted: break
        case .deleted(let document): bytes = document.byteCount
        }
        let edges = await services.index.confirmation(of: hash, isPurge: false)
        return json(.ok) { json in
            json.beginObject()
            json.field("hash", hash.hex)
            json.field("originals", bytes == nil ? 0 : 1)
            json.field("originalBytes", bytes ?? 0)
            json.field("renditions", receipt.value.count)
            json.field("renditionBytes", receipt.value.byteCount)
            edges?.append(to: &json)
            json.endObject()
        }
    }

    // MARK: Parts

    func look<R>(
        _ body: () async throws(ImageIndexError) -> R
    ) async throws(ProblemAnswer) -> R {
        do throws(ImageIndexError) { return try await body() } catch {
            throw error == .away ? .indexAway : .storageFailing
        }
    }

    func queryItems(known: Set<UTF8String>) throws(ProblemAnswer) -> QueryItems {
        guard let items = QueryItems(target: exchange.target) else {
            throw ProblemAnswer(status: .badRequest, detail: "The query is malformed.")
        }
        if let name = items.unknownName(besides: known) {
            throw ProblemAnswer(
                status: .badRequest, detail: "There is no parameter \(name.string.prefix(40)).")
        }
        if let name = items.repeatedName {
            throw ProblemAnswer(
                status: .badRequest,
                detail: "The parameter \(name.string.prefix(40)) comes twice.")
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
        lines.append(fields.index)
        return Response(
            status: status, fields: lines.copy(), content: .bytes(document), account: account)
    }
}
