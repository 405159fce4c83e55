internal import Answers
internal import HTTP
internal import HTTPServer
internal import ImageIndex
internal import LinuxIO
internal import Originals
internal import Rendering
internal import Rendition
internal import Telemetry

/// `/originals/<hash>`: the uploaded bytes.
extension PublicResponder {
    func answerOriginal(
        _ call: Call, _ hexOffset: Int, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        if call.head.method == .put { return handOver(call, bytes, on: connection) }
        guard call.isRead else {
            let allowed: MethodSet =
                services.settings.servesOriginals ? .original : [.put, .options]
            return answerOtherMethod(call, .originals, allowed, bytes, on: connection)
        }
        let target = bytes.extracting(call.head.target.range)
        guard services.settings.servesOriginals else {
            return send(.unknownPath, to: call, .originals, bytes, on: connection)
        }
        let seal = URLSeal(in: target)
        let found = seal.map { seal in
            seal.withBare(of: target) { Self.original($0, hexOffset) } ?? nil
        }
        guard let hash = found ?? Self.original(target, hexOffset) else {
            return answerOriginalOtherwise(call, bytes, on: connection)
        }
        if let refusal = refusalOfOriginal(target, seal) {
            return send(ProblemAnswer(refusal), to: call, .originals, bytes, on: connection)
        }
        sendOriginal(call, hash, seal, bytes, on: connection)
    }

    private static func original(_ bare: Span<UInt8>, _ hexOffset: Int) -> ContentHash? {
        ContentHash(hex: bare.extracting(droppingFirst: min(hexOffset, bare.count)))
    }

    func refusalOfOriginal(_ target: Span<UInt8>, _ seal: URLSeal?) -> URLGate.Refusal? {
        gate?.refusal(
            of: target, seal: seal, isOpen: gate?.originalsAreSigned != true, now: Self.now)
    }

    /// What may be delivered.
    func sendOriginal(
        _ call: Call, _ hash: ContentHash, _ seal: URLSeal?, _ bytes: Span<UInt8>,
        on connection: Connection
    ) {
        var call = call
        if gate != nil { call.learn(of: seal) }
        do {
            guard let summary = try index.summary(of: hash) else {
                return send(.unknownImage, to: call, .originals, bytes, on: connection)
            }
            switch summary.state {
            case .deleted: send(.deleted, to: call, .originals, bytes, on: connection)
            case .blocked: send(.blocked, to: call, .originals, bytes, on: connection)
            case .present:
                try sendOriginal(
                    call, hash, summary, services.originals.open(hash), bytes, on: connection)
            }
        } catch {
            send(.storageFailing, to: call, .originals, bytes, on: connection)
        }
    }

    private func sendOriginal(
        _ call: Call, _ hash: ContentHash, _ summary: ImageSummary,
        _ stored: consuming StoredOriginal, _ bytes: Span<UInt8>, on connection: Connection
    ) {
        let count = stored.byteCount
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
        let answer = DeliveryAnswer(
            to: call.head, in: bytes, etag: etag.span, lastModified: lastModified,
            byteCount: count)
        let source = FileSource(SharedDescriptor(stored.takeDescriptor()))
        var status = Status.ok
        var pieces: [Response.Piece] = []
        switch answer {
        case .whole: pieces = [.content(source, 0..<count)]
        case .part(let range):
            status = .partialContent
            lines.appendContentRange(range, of: count)
            pieces = [.content(source, range)]
        case .parts(let ranges):
            status = .partialContent
            let plan = PartsPlan(ranges, of: count, fieldLines: lines.copy())
            lines.removeAll()
            lines.append(plan.fieldLines.span)
            pieces = plan.sendablePieces(from: source)
        case .notModified: status = .notModified
        case .preconditionFailed:
            return send(.preconditionFailed, to: call, .originals, bytes, on: connection)
        case .unsatisfiable:
            return send(
                .unsatisfiable(byteCount: count), to: call, .originals, bytes, on: connection)
        }
        fieldSets.fields(for: call.head, in: bytes).append(until: call.expires, to: &lines)
        let account = makeAccount(call, .originals, .none, bytes, connection)
        connection.send(
            Response(
                status: status, fields: lines.copy(), content: .pieces(pieces), account: account))
    }
}
