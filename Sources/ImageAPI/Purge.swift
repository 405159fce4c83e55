internal import Coalescing
package import ImageIndex
internal import Ingest
internal import JSON
package import Rendering
package import Rendition
internal import RenditionCache
internal import WorkerLink

/// All that workers have made or said of a picture goes – renditions, master, what failed and why –
/// and a worker looks at the original again and says what it is.
package struct Purge: Sendable {
    private let desk: RenderDesk
    private let index: any ImageIndex
    private let hash: ContentHash

    package init(of hash: ContentHash, desk: RenderDesk, index: any ImageIndex) {
        (self.hash, self.desk, self.index) = (hash, desk, index)
    }

    /// What became of that which is written down of the picture.
    private enum Facts: String { case confirmed, corrected, refused, unknown }

    /// - Returns: the receipt, in JSON.
    /// - Throws: `away` where all is done here, and the other edges could not be told.
    package func run() async throws(ImageIndexError) -> [UInt8] {
        desk.forgetFailures(of: hash)
        await desk.masters?.purge(hash)
        try? await index.forgetVerdict(on: hash)
        // The renditions last: none is made meanwhile of what has just gone.
        var receipt = await desk.cache.purge(original: hash)
        let facts = await lookAgain()
        if facts == .corrected {
            // By what was said before.
            let more = await desk.cache.purge(original: hash)
            receipt.count += more.count
            receipt.byteCount += more.byteCount
        }
        try await index.announcePurge(of: hash)
        let edges = await index.confirmation(of: hash, isPurge: true)
        var json = JSONWriter()
        json.beginObject()
        json.field("hash", hash.hex)
        json.field("renditions", receipt.count)
        json.field("renditionBytes", receipt.byteCount)
        json.field("facts", facts.rawValue)
        edges?.append(to: &json)
        json.endObject()
        return json.finish()
    }

    private func lookAgain() async -> Facts {
        guard case .present(let document)? = try? await index.image(hash) else { return .unknown }
        let probe = ProbeOrder(
            hash: hash, file: nil, byteCount: document.byteCount,
            ticket: desk.masters?.ticket(), client: JobClient(hash))
        switch await desk.probe(probe) {
        case .facts(let facts):
            guard let isOther = try? await index.correct(hash, { $0.describe(facts) })
            else { return .unknown }
            return isOther ? .corrected : .confirmed
        case .refused(let refusal):
            guard refusal.reason.isLasting, !refusal.reason.dependsOnOutput else { return .unknown }
            let verdict = Verdict(reason: refusal.reason.rawValue, detail: refusal.detail)
            try? await index.remember(verdict, for: hash, pipeline: desk.pipeline)
            return .refused
        case .failed: return .unknown
        }
    }
}

extension EdgeCount {
    /// A member of a receipt.
    func append(to json: inout JSONWriter) {
        json.key("edges")
        json.beginObject()
        json.field("confirmed", confirmed)
        json.field("known", known)
        json.endObject()
    }
}
