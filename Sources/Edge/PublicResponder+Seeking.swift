internal import Answers
internal import Coalescing
internal import HTTPServer
internal import ImageAPI
internal import ImageIndex
internal import LinuxIO
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import Telemetry

// An image that this edge has not heard of, where several edges share an index: another one may
// have taken it in a moment ago. Who keeps the index is asked before anybody is told 404.
extension PublicResponder {
    func isUnheardOf(_ hash: ContentHash) -> Bool {
        guard services.index.isShared else { return false }
        do { return try index.summary(of: hash) == nil } catch { return false }
    }

    /// A rendition, which goes on as any miss where the image is there.
    func seek(
        _ key: RenditionKey, _ recipe: Recipe, _ request: RenditionRequest,
        _ call: borrowing Call
    ) {
        let (desk, fieldSets, pipeline) = (services.desk, fieldSets, pipeline)
        let (variance, expires, index) = (call.variance, call.expires, services.index)
        let client = JobClient(call.reply.peer.network.bytes)
        seek(key.original, call, makeAccount(call, .miss)) {
            summary, exchange, account async throws(ProblemAnswer) in
            if let verdict = try? await index.verdict(for: key.original, pipeline: pipeline) {
                throw ProblemAnswer(RenditionFailure(verdict))
            }
            let order = RenditionOrder(
                key: key, recipe: recipe, target: request.canonicalTarget, original: summary,
                ticket: desk.cache.ticket(), masterTicket: desk.masters?.ticket(), client: client)
            let miss = Miss(
                desk: desk, fieldSets: fieldSets, order: order, exchange: exchange,
                account: account, variance: variance, isInterim: false, expires: expires,
                attemptsLeft: 3)
            exchange.mailbox.post { _ in miss.join() }
        }
    }

    func seekOriginal(_ hash: ContentHash, _ call: borrowing Call) {
        let (originals, fieldSets, expires) = (services.originals, fieldSets, call.expires)
        seek(hash, call, makeAccount(call, .none)) {
            summary, exchange, account async throws(ProblemAnswer) in
            await OriginalAnswer(
                originals: originals, fieldSets: fieldSets, hash: hash, summary: summary,
                exchange: exchange, account: account, expires: expires
            ).run()
        }
    }

    private func seek(
        _ hash: ContentHash, _ call: borrowing Call, _ account: LoopAccount,
        _ answer: @escaping Seeking.Answer
    ) {
        let seeking = Seeking(
            index: services.index, fieldSets: fieldSets, hash: hash,
            exchange: call.reply.handOver(call.head, bytes: call.bytes), account: account,
            answer: answer)
        Task(executorPreference: services.blocking) { await seeking.run() }
    }
}

/// One request for an image that has to be asked for.
private struct Seeking: Sendable {
    typealias Answer =
        @Sendable (ImageSummary, Exchange, LoopAccount) async throws(ProblemAnswer) -> Void

    let index: any ImageIndex
    let fieldSets: FieldSets
    let hash: ContentHash
    let exchange: Exchange
    let account: LoopAccount
    let answer: Answer

    func run() async {
        do throws(ProblemAnswer) {
            let summary = try await summary()
            try await answer(summary, exchange, account)
        } catch {
            exchange.respond(
                error.response(
                    instance: exchange.target,
                    fieldLines: exchange.fields(among: fieldSets).problem, account: account))
        }
    }

    private func summary() async throws(ProblemAnswer) -> ImageSummary {
        let found: ImageLookup
        do throws(ImageIndexError) { found = try await index.image(hash) } catch {
            switch error {
            case .busy: throw .overloaded(retryAfterSeconds: 1)
            case .away: throw .indexAway
            default: throw .storageFailing
            }
        }
        guard case .present(let document) = found else { throw ProblemAnswer(found) }
        return ImageSummary(of: document, state: .present)
    }
}
