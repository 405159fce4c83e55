@testable import HTTP

/// What a form was read as, its bytes given in pieces of one size.
struct Form: Equatable {
    struct Part: Equatable {
        let name: String
        let filename: String?
        let contentType: String?
        var content: [UInt8] = []
        var isEnded = false
    }

    private(set) var parts: [Part] = []
    private(set) var failure: MultipartDecoder.Failure?

    static let limits = MultipartDecoder.Limits(parts: 8, headBytes: 1024)

    init(
        _ bytes: [UInt8], boundary: String = "b", pieceByteCount: Int = .max,
        limits: MultipartDecoder.Limits = Self.limits
    ) {
        guard let boundary = MultipartBoundary(Array(boundary.utf8)) else { return }
        var decoder = MultipartDecoder(boundary: boundary, limits: limits)
        do throws(MultipartDecoder.Failure) {
            var position = 0
            while position < bytes.count {
                let end = position + min(pieceByteCount, bytes.count - position)
                let piece = bytes.span.extracting(position..<end)
                let step = try decoder.decode(piece)
                position += step.consumed
                take(step.event, of: piece, decoder.delimiter)
            }
            try decoder.finish()
        } catch { failure = error }
    }

    private mutating func take(
        _ event: MultipartDecoder.Event?, of piece: Span<UInt8>, _ delimiter: [UInt8]
    ) {
        switch event {
        case nil: break
        case .partBegins(let part):
            parts.append(
                Part(name: part.name, filename: part.filename, contentType: part.contentType))
        case .content(let range):
            for index in range { parts[parts.count - 1].content.append(piece[index]) }
        case .heldContent(let range): parts[parts.count - 1].content += delimiter[range]
        case .partEnds: parts[parts.count - 1].isEnded = true
        }
    }

    var text: [String] { parts.map { String(decoding: $0.content, as: UTF8.self) } }
}
