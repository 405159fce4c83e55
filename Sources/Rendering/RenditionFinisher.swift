internal import Coalescing
internal import Digest
package import HTTP
package import ImageIndex
internal import LinuxIO
package import Rendition
internal import RenditionCache
package import WorkerLink

/// What happens to a worker's answer: it becomes a response for those who wait, and an entry of
/// the cache; a refusal that would come again is remembered.
struct RenditionFinisher: Sendable {
    let cache: RenditionCache
    let index: any ImageIndex
    let pipeline: PipelineVersion
    let blocking: BlockingPool

    func finish(
        _ order: RenditionOrder, _ output: RenderedOutput, _ content: [UInt8], _ timing: JobTiming,
        landing: Landing, flights: RenditionFlights
    ) {
        let digest = SHA256Digest(of: content)
        let lines = fieldLines(of: order, as: output.format, digest: digest)
        let head = StoredHead(
            format: output.format, width: UInt16(clamping: output.width),
            height: UInt16(clamping: output.height),
            createdAtMicroseconds: Clock.wallMicroseconds(), target: order.target)
        let made = MadeRendition(
            storedHead: head.encoded(with: lines), fieldLines: lines, content: content,
            etag: order.key.etag, lastModified: order.lastModified, timing: timing)
        // It stays boardable until it is in the cache: no third request begins again in between.
        landing.land(.made(made), staysBoardable: true)
        let flight = landing.flight
        cache.insert(
            order.key, head: made.storedHead, body: content, bodyDigest: .known(digest),
            metadata: EntryMetadata(
                lastModifiedSeconds: order.original.uploadedAtSeconds,
                isOfMaster: output.isOfMaster),
            ticket: order.ticket
        ) { _ in flights.retire(flight) }
    }

    /// The rendition, when it was kept between the look-up that missed and the boarding that leads.
    func kept(_ order: RenditionOrder) -> MadeRendition? {
        var kept: MadeRendition?
        _ = cache.makeReader().withEntry(order.key) { _, head, body in
            var isRead = false
            let content = unsafe [UInt8](unsafeUninitializedCapacity: body.byteCount) {
                room, count in
                guard let start = room.baseAddress else { return }
                isRead = unsafe MappedFile.copy(body, to: start)
                count = isRead ? body.byteCount : 0
            }
            guard isRead else { return }
            let storedHead = unsafe head.withUnsafeBytes { unsafe Array($0) }
            kept = MadeRendition(
                storedHead: storedHead,
                fieldLines: Array(storedHead[StoredHead.fieldLinesOffset(head)...]),
                content: content, etag: order.key.etag, lastModified: order.lastModified,
                timing: JobTiming())
        }
        return kept
    }

    func refuse(
        _ order: RenditionOrder, _ refusal: Refusal, landing: Landing
    ) {
        let failure = RenditionFailure(refusal)
        // What is wrong with one size says nothing of the others.
        guard refusal.reason.isLasting, !refusal.reason.dependsOnOutput else {
            return landing.land(.failed(failure))
        }
        let verdict = Verdict(reason: refusal.reason.rawValue, detail: refusal.detail)
        Task(executorPreference: blocking) { [index, pipeline] in
            // Before anyone is answered: who hears of it and asks for another size is refused by
            // what is remembered. Where it can not be, the next request looks again, no worse.
            try? await index.remember(verdict, for: order.key.original, pipeline: pipeline)
            landing.land(.failed(failure))
        }
    }

    /// `Content-Type` comes first: a multipart answer moves it into its parts.
    private func fieldLines(
        of order: RenditionOrder, as format: OutputFormat, digest: SHA256Digest
    ) -> [UInt8] {
        var lines = OutputBuffer()
        lines.appendField("Content-Type", format.mediaType)
        order.key.etag.withBytes { lines.appendField("ETag", $0) }
        lines.appendField("Last-Modified", order.lastModified)
        lines.appendField("Repr-Digest", sha256: digest.bytes)
        lines.appendKeys(of: order.key.original)
        return lines.copy()
    }
}

extension OutputBuffer {
    /// By which a CDN in front purges everything made of one original.
    package mutating func appendKeys(of original: ContentHash) {
        let hash = Array(original.hex.utf8)
        appendField("Surrogate-Key", hash.span)
        appendField("Cache-Tag", hash.span)
    }
}

extension EntryMetadata {
    /// How often the picture was encoded between the original and the rendition is kept with it.
    fileprivate init(lastModifiedSeconds: Int64, isOfMaster: Bool) {
        var flags = SIMD16<UInt8>.zero
        flags[0] = isOfMaster ? 1 : 0
        self.init(lastModifiedSeconds: lastModifiedSeconds, flags: flags)
    }
}

extension RenditionFailure {
    package init(_ refusal: Refusal) {
        switch refusal.reason {
        case .internalFailure: self = .workerLost
        default:
            self = .refused(
                reason: refusal.detail, isUnsupportedType: refusal.reason == .unsupportedType)
        }
    }

    /// As it was remembered.
    package init(_ verdict: Verdict) {
        self = .refused(
            reason: verdict.detail,
            isUnsupportedType: verdict.reason == RefusalReason.unsupportedType.rawValue)
    }
}
