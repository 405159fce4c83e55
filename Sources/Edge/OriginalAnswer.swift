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
            let content = try await content()
            exchange.respond(content.response(fields, until: expires, account: account))
        } catch {
            exchange.respond(
                error.response(
                    instance: exchange.target, fieldLines: fields.problem, account: account))
        }
    }

    /// What conditions and ranges make of it the index knows; only who gets bytes of it waits for
    /// a store elsewhere. Files are looked at whatever is asked.
    private func content() async throws(ProblemAnswer) -> Representation.Content {
        let headBytes = exchange.headBytes
        if originals.isElsewhere {
            let content = try representation(MemorySource([]), summary.byteCount)
                .content(for: exchange.head, in: headBytes.span)
            if content.pieces.isEmpty { return content }
            if exchange.head.method == .head {
                try await requirePresence()
                return content
            }
        }
        let (source, byteCount) = try await source()
        return try representation(source, byteCount)
            .content(for: exchange.head, in: headBytes.span)
    }

    /// Who asks whether it is there may be about to send it. Where the store can not be asked, the
    /// index is believed.
    private func requirePresence() async throws(ProblemAnswer) {
        if originals.hold(hash) != nil { return }
        if (try? await originals.contains(hash)) == false { throw .storageFailing }
    }

    private func source() async throws(ProblemAnswer) -> (any BodySource & Sendable, Int) {
        let reading: OriginalReading
        do throws(OriginalsError) { reading = try await originals.read(hash) } catch {
            if case .away = error { throw ProblemAnswer(RenditionFailure.originalAway) }
            throw .storageFailing
        }
        switch consume reading {
        case .stored(let stored):
            let byteCount = stored.byteCount
            return (FileSource(SharedDescriptor(stored.takeDescriptor())), byteCount)
        case .arriving(let arrival): return (ArrivingSource(arrival), summary.byteCount)
        }
    }

    private func representation(
        _ source: any BodySource & Sendable, _ byteCount: Int
    ) -> Representation {
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
            byteCount: byteCount, source: source)
    }
}
