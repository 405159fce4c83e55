internal import Configuration
internal import HTTP
internal import Hints
internal import ImageIndex
internal import JSON
internal import Rendition
internal import Text
internal import WorkerLink

/// The parsers that read bytes from outside, each with what must hold of whatever it makes of them.
enum Parser: String, CaseIterable {
    case head, chunks, range, target, frame, configuration, cursor, multipart, json, hint
    case answer, record, container, request, proxy, forwarded, http2, tls

    func check(_ bytes: [UInt8]) {
        switch self {
        case .head: Self.checkHead(bytes)
        case .chunks: Self.checkChunks(bytes)
        case .range: Self.checkRange(bytes)
        case .target: Self.checkTarget(bytes)
        case .frame: Self.checkFrame(bytes)
        case .configuration: Self.checkConfiguration(bytes)
        case .cursor: Self.checkCursor(bytes)
        case .multipart: Self.checkMultipart(bytes)
        case .json: Self.checkJSON(bytes)
        case .hint: Self.checkHint(bytes)
        case .answer: Self.checkAnswer(bytes)
        case .record: Self.checkRecord(bytes)
        case .container: Self.checkContainer(bytes)
        case .request: Self.checkRequest(bytes)
        case .proxy: Self.checkProxyHeader(bytes)
        case .forwarded: Self.checkForwarded(bytes)
        case .http2: Self.checkHTTP2(bytes)
        case .tls: Self.checkTLS(bytes)
        }
    }

    /// A head is the same however it was cut into pieces.
    private static func checkHead(_ bytes: [UInt8]) {
        let whole = RequestHead.parse(bytes.span)
        var parser = RequestHeadParser()
        var last = ParseOutcome.incomplete
        for count in 0...bytes.count {
            guard case .incomplete = last else { break }
            last = parser.parse(bytes.span.extracting(first: count))
        }
        switch (whole, last) {
        case (.complete(let first), .complete(let second)):
            precondition(first.byteCount <= bytes.count && first.byteCount == second.byteCount)
            precondition(first.framing == second.framing && first.method == second.method)
        case (.incomplete, .incomplete): break
        case (.failed(let first), .failed(let second)): precondition(first == second)
        default: preconditionFailure("\(whole) whole, \(last) in pieces")
        }
    }

    /// The content is the same however the coded bytes were cut into pieces.
    private static func checkChunks(_ bytes: [UInt8]) {
        let whole = decoded(bytes, pieceCount: bytes.count)
        let single = decoded(bytes, pieceCount: 1)
        precondition(whole == single)
    }

    private static func decoded(_ bytes: [UInt8], pieceCount: Int) -> [UInt8]? {
        var decoder = ChunkedDecoder()
        var (position, content, finished) = (0, [UInt8](), false)
        while position < bytes.count, !finished {
            let end = min(position + max(pieceCount, 1), bytes.count)
            let piece = bytes.span.extracting(position..<end)
            guard let step = try? decoder.decode(piece) else { return nil }
            precondition(step.consumed > 0 && step.consumed <= piece.count)
            for index in step.content { content.append(piece[index]) }
            position += step.consumed
            finished = step.isFinished
        }
        return content
    }

    /// Ranges lie inside the representation and touch nowhere.
    private static func checkRange(_ bytes: [UInt8]) {
        let request = Array("GET / HTTP/1.1\r\nHost: e\r\nRange: ".utf8) + bytes + [13, 10, 13, 10]
        guard case .complete(let head) = RequestHead.parse(request.span) else { return }
        let tag = Array("\"tag\"".utf8)
        for byteCount in [0, 1, 1000] {
            let answer = RangeRequest.resolve(
                head, in: request.span, etag: tag.span, lastModified: nil, byteCount: byteCount)
            let ranges: [Range<Int>] =
                switch answer {
                case .single(let range): [range]
                case .multiple(let ranges): ranges
                case .whole, .unsatisfiable: []
                }
            for (index, range) in ranges.enumerated() {
                precondition(!range.isEmpty && range.lowerBound >= 0)
                precondition(range.upperBound <= byteCount)
                precondition(ranges[..<index].allSatisfy { !$0.overlaps(range) })
            }
        }
    }

    /// What a target is understood as has a canonical spelling, and that one is understood alike.
    private static func checkTarget(_ bytes: [UInt8]) {
        checkSeal(bytes)
        var policy = RenditionPolicy()
        if let preset = targetPreset { policy.presets = [preset] }
        if let request = try? RenditionRequest.parse(target: bytes.span, policy: policy) {
            precondition(request.isCanonical == (request.canonicalTarget == bytes))
        }
        guard let normal = try? NormalTarget(bytes.span),
            let request = try? RenditionRequest.parse(target: normal.bare.span, policy: policy)
        else { return }
        let canonical = request.canonicalTarget
        guard let again = try? RenditionRequest.parse(target: canonical.span, policy: policy)
        else { preconditionFailure("\(String(decoding: canonical, as: UTF8.self)) is refused") }
        precondition(again.isCanonical && again.recipe == request.recipe)
        precondition(again.original == request.original)
        // Where it is redirected to is what it is made of again: no redirect leads to another.
        let location = normal.sealing(canonical)
        guard let end = try? NormalTarget(location.span) else {
            preconditionFailure("\(String(decoding: location, as: UTF8.self)) is malformed")
        }
        precondition(end.bare == canonical && end.isAnswered && end.sealing(canonical) == location)
    }

    private static let gate = URLGate(
        sizes: .signed, originalsAreSigned: true, keys: URLKeys([("k1", Array(0..<16))]))

    /// No signature holds that was not made with the key, and a seal that stands in its place is
    /// taken off as it is from any other.
    private static func checkSeal(_ bytes: [UInt8]) {
        let target = bytes.span
        guard let seal = URLSeal(in: target) else { return }
        precondition(seal.expires >= 0)
        let refusal = gate?.refusal(of: target, seal: seal, isOpen: true, now: { 0 })
        precondition(refusal == .badSignature)
        let bare = seal.withBare(of: target) { $0.array } ?? []
        guard let normal = try? NormalTarget(target), !bare.isEmpty, normal.bare == bare else {
            return
        }
        precondition(normal.isSigned && normal.sealing(bare) == bytes)
    }

    private static var targetPreset: Preset? {
        guard let name = ShortName("thumb") else { return nil }
        return try? Preset(
            name: name, size: nil, options: Array("fit=cover&rotate=90".utf8).span, isEager: false,
            limits: OutputLimits())
    }

    /// A frame that is understood is the one that its meaning is written as.
    private static func checkFrame(_ bytes: [UInt8]) {
        if let request = try? WorkerRequest(frame: bytes.span) {
            precondition(request.encoded == bytes)
        }
        if let reply = try? WorkerReply(frame: bytes.span) {
            precondition(reply.encoded == bytes)
        }
    }

    /// A document is taken or refused with a place inside it, and always alike.
    private static func checkConfiguration(_ bytes: [UInt8]) {
        var (first, second) = (Configuration(), Configuration())
        do throws(ConfigurationError) {
            try first.apply(document: bytes, source: "input")
            try second.apply(document: bytes, source: "input")
            precondition(first == second)
        } catch {
            guard case .malformed(_, let line, let column, _) = error else { return }
            precondition(line >= 1 && column >= 1 && line + column <= bytes.count + 2)
        }
    }

    /// A cursor that is taken has one spelling.
    private static func checkCursor(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self),
            let cursor = ImageCursor(text)
        else { return }
        precondition(cursor.text == text)
    }

    /// What is no JSON is so at a place inside it; what is, is so with blanks around it.
    /// Events of stores, and what SNS has in its messages.
    private static func checkHint(_ bytes: [UInt8]) {
        guard let body = try? HintBody(bytes), case .message(let message) = body else { return }
        precondition(!message.signed.isEmpty)
        _ = try? HintBody.hints(within: message)
        for url in [message.certificateURL, message.subscribeURL ?? ""] {
            guard let address = SNSAddress(url) else { continue }
            precondition(
                UTF8String(address.host).starts(with: "sns.")
                    && UTF8String("https://\(address.host)\(address.target)") == url)
        }
    }

    private static func checkJSON(_ bytes: [UInt8]) {
        do throws(JSONValue.Malformed) {
            let value = try JSONValue(bytes)
            guard let again = try? JSONValue([0x20] + bytes + [0x0A]), again == value
            else { preconditionFailure("blanks change it") }
        } catch {
            precondition((0...bytes.count).contains(error.offset))
        }
    }
}
