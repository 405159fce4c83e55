internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendering
internal import Rendition

/// One request for an original that is there. Its store may have to be waited for, which a loop
/// does not.
struct OriginalAnswer: Sendable {
    let originals: any Originals
    let fieldSets: FieldSets
    let hash: ContentHash
    let summary: ImageSummary
    let exchange: Exchange
    let account: LoopAccount
    /// Of a signed URL, in Unix seconds; 0: never.
    let expires: Int64

    func run() async {
        let fields = exchange.fields(among: fieldSets)
        do throws(ProblemAnswer) {
            let original = try await open()
            let headBytes = exchange.headBytes
            let content = try original.content(for: exchange.head, in: headBytes.span)
            exchange.respond(content.response(fields, until: expires, account: account))
        } catch {
            exchange.respond(
                error.response(
                    instance: exchange.target, fieldLines: fields.problem, account: account))
        }
    }

    private func open() async throws(ProblemAnswer) -> Representation {
        let stored: StoredOriginal
        do throws(OriginalsError) { stored = try await originals.open(hash) } catch {
            throw .storageFailing
        }
        let byteCount = stored.byteCount
        // The clock may have been set back since.
        let lastModified = HTTPDate(
            secondsSince1970: min(summary.uploadedAtSeconds, Clock.coarseWallSeconds()))
        let etag = Array("\"\(hash.hex)\"".utf8)
        var lines = OutputBuffer()
        summary.type.withBytes { lines.appendField("Content-Type", $0) }
        lines.appendField("ETag", etag.span)
        lines.appendField("Last-Modified", lastModified)
        lines.appendField("Repr-Digest", sha256: hash.bytes)
        lines.appendKeys(of: hash)
        return Representation(
            fieldLines: lines.copy(), etag: etag, lastModified: lastModified,
            byteCount: byteCount, source: FileSource(SharedDescriptor(stored.takeDescriptor())))
    }
}
