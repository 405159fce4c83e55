internal import COpenAPI
internal import Digest
internal import HTTP
internal import HTTPServer
internal import Rendition

/// `/openapi.json`, the interface in words for programs (OpenAPI 3.1). It comes with the program.
enum OpenAPIDocument {
    private static let content: [UInt8] = {
        var count = 0
        let start = unsafe COpenAPI_document(&count)
        return unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }()

    private static let etag = EntityTagText.strong(of: content)

    static func respond(
        to head: RequestHead, in bytes: Span<UInt8>, fields: DeliveryFields,
        account: LoopAccount
    ) -> Response {
        var lines = OutputBuffer()
        lines.appendField("ETag", etag.span)
        lines.appendField("Cache-Control", "public, max-age=3600")
        lines.append(fields.index)
        switch Preconditions.evaluate(head, in: bytes, etag: etag.span, lastModified: nil) {
        case .proceed:
            lines.appendField("Content-Type", "application/json")
            return Response(
                status: .ok, fields: lines.copy(), content: .bytes(content), account: account)
        case .notModified:
            return Response(
                status: .notModified, fields: lines.copy(), content: .bytes([]), account: account)
        case .failed:
            return ProblemAnswer.preconditionFailed.response(
                fieldLines: fields.indexProblem, account: account)
        }
    }
}

/// Entity tags of what is made in memory.
enum EntityTagText {
    /// Quotes and 128 bits of the SHA-256 of the content.
    static func strong(of content: [UInt8]) -> [UInt8] {
        Array("\"\(digits(of: content))\"".utf8)
    }

    /// 32 of them.
    static func digits(of content: [UInt8]) -> Substring {
        ContentHash(bytes: SHA256Digest(of: content).bytes).hex.prefix(32)
    }
}
