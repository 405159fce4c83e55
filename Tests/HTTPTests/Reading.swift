@testable import HTTP

/// What a server would make of a connection's first request.
enum Reading: Hashable {
    case incomplete
    case failed(HTTPError)
    /// With the number of bytes the request took, head and body.
    case request(Method, content: [UInt8], byteCount: Int)

    /// Reads a head and its body from the front of `bytes`.
    init(_ bytes: [UInt8], limits: HeadLimits = HeadLimits()) {
        switch RequestHead.parse(bytes.span, limits: limits) {
        case .incomplete: self = .incomplete
        case .failed(let error): self = .failed(error)
        case .complete(let head): self = Self.readBody(of: head, bytes)
        }
    }

    private static func readBody(of head: RequestHead, _ bytes: [UInt8]) -> Reading {
        switch head.framing {
        case .none: return .request(head.method, content: [], byteCount: head.byteCount)
        case .length(let length):
            let left = bytes.count - head.byteCount
            guard let length = Int(exactly: length), length <= left else { return .incomplete }
            let end = head.byteCount + length
            let content = Array(bytes[head.byteCount..<end])
            return .request(head.method, content: content, byteCount: end)
        case .chunked:
            let body = Chunks(Array(bytes[head.byteCount...]))
            if let error = body.error { return .failed(error) }
            guard body.isFinished else { return .incomplete }
            return .request(
                head.method, content: body.content, byteCount: head.byteCount + body.consumed)
        }
    }
}

/// What the decoder makes of a chunked body that comes in pieces.
struct Chunks: Hashable {
    var content: [UInt8] = []
    var consumed = 0
    var isFinished = false
    var error: HTTPError?

    init(_ bytes: [UInt8], pieceByteCount: Int = .max) {
        var decoder = ChunkedDecoder()
        var pieceEnd = 0
        do throws(HTTPError) {
            while !isFinished, consumed < bytes.count {
                if consumed == pieceEnd {
                    pieceEnd += min(pieceByteCount, bytes.count - pieceEnd)
                }
                let piece = Array(bytes[consumed..<pieceEnd])
                let step = try decoder.decode(piece.span)
                content += piece[step.content]
                consumed += step.consumed
                isFinished = step.isFinished
            }
        } catch {
            self.error = error
        }
    }
}
