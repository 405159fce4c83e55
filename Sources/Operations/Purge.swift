internal import Coalescing
internal import Edge
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import Ingest
internal import JSON
internal import Rendering
internal import Rendition
internal import RenditionCache
internal import WorkerLink

/// `POST /purge/<hash>`: all that workers have made or said of a picture goes – renditions, master,
/// what failed and why – and a worker looks at the original again and says what it is.
struct Purge: Sendable {
    let services: EdgeServices
    let hash: ContentHash

    /// What became of that which is written down of the picture.
    private enum Facts: String { case confirmed, corrected, refused, unknown }

    func response() async -> Response {
        services.desk.forgetFailures(of: hash)
        await services.desk.masters?.purge(hash)
        try? await services.index.forgetVerdict(on: hash)
        // The renditions last: none is made meanwhile of what has just gone.
        var receipt = await services.desk.cache.purge(original: hash)
        let facts = await lookAgain()
        if facts == .corrected {
            // By what was said before.
            let more = await services.desk.cache.purge(original: hash)
            receipt.count += more.count
            receipt.byteCount += more.byteCount
        }
        var json = JSONWriter()
        json.beginObject()
        json.field("hash", hash.hex)
        json.field("renditions", receipt.count)
        json.field("renditionBytes", receipt.byteCount)
        json.field("facts", facts.rawValue)
        json.endObject()
        var lines = OutputBuffer()
        lines.appendField("Content-Type", "application/json")
        return Response(status: .ok, fields: lines.copy(), content: .bytes(json.finish()))
    }

    private func lookAgain() async -> Facts {
        guard case .present(let document)? = try? await services.index.image(hash)
        else { return .unknown }
        let probe = ProbeOrder(
            hash: hash, file: nil, byteCount: document.byteCount,
            ticket: services.desk.masters?.ticket(), client: JobClient(hash))
        switch await services.desk.probe(probe) {
        case .facts(let facts):
            guard let isOther = try? await services.index.correct(hash, { $0.describe(facts) })
            else { return .unknown }
            return isOther ? .corrected : .confirmed
        case .refused(let refusal):
            guard refusal.reason.isLasting, !refusal.reason.dependsOnOutput else { return .unknown }
            let verdict = Verdict(reason: refusal.reason.rawValue, detail: refusal.detail)
            try? await services.index.remember(verdict, for: hash, pipeline: services.desk.pipeline)
            return .refused
        case .failed: return .unknown
        }
    }
}
