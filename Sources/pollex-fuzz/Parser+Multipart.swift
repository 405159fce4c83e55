internal import HTTP

extension Parser {
    /// A form is the same however it was cut into pieces. The first byte is the pieces' size, the
    /// line after it the boundary, or a `Content-Type` that says one.
    static func checkMultipart(_ bytes: [UInt8]) {
        guard let size = bytes.first else { return }
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        let line = Array(bytes[1..<max(1, end)])
        let body = Array(bytes[min(end + 1, bytes.count)...])
        var boundary = MultipartBoundary(line)
        if case .multipart(let named) = FormContentType(line.span) { boundary = named }
        guard let boundary else { return }
        let whole = events(of: body, boundary, pieceByteCount: max(1, body.count))
        precondition(whole == events(of: body, boundary, pieceByteCount: 1))
        precondition(whole == events(of: body, boundary, pieceByteCount: Int(size) + 1))
    }

    private struct Part: Equatable {
        let head: MultipartPart
        var content: [UInt8] = []
        var isEnded = false
    }

    /// The parts of a form, and how it failed if it did.
    private static func events(
        of body: [UInt8], _ boundary: MultipartBoundary, pieceByteCount: Int
    ) -> FormOutcome {
        let limits = MultipartDecoder.Limits(parts: 16, headBytes: 512)
        var decoder = MultipartDecoder(boundary: boundary, limits: limits)
        var outcome = FormOutcome()
        do throws(MultipartDecoder.Failure) {
            var position = 0
            while position < body.count {
                let stop = min(position + pieceByteCount, body.count)
                let piece = body.span.extracting(position..<stop)
                let step = try decoder.decode(piece)
                precondition(step.consumed <= piece.count)
                // Held content is told before the byte that broke the match is consumed.
                precondition(step.consumed > 0 || step.event != nil)
                outcome.take(step.event, of: piece, decoder.delimiter)
                position += step.consumed
            }
            try decoder.finish()
        } catch { outcome.failure = error }
        return outcome
    }

    private struct FormOutcome: Equatable {
        var parts: [Part] = []
        var failure: MultipartDecoder.Failure?

        mutating func take(
            _ event: MultipartDecoder.Event?, of piece: Span<UInt8>, _ delimiter: [UInt8]
        ) {
            switch event {
            case nil: break
            case .partBegins(let head): parts.append(Part(head: head))
            case .content(let range):
                precondition(!range.isEmpty)
                for index in range { parts[parts.count - 1].content.append(piece[index]) }
            case .heldContent(let range): parts[parts.count - 1].content += delimiter[range]
            case .partEnds: parts[parts.count - 1].isEnded = true
            }
        }
    }
}
