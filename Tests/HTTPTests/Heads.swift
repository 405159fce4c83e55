@testable import HTTP

/// A parsed head beside its bytes, so that tests can speak of texts.
struct ParsedHead {
    let head: RequestHead
    let bytes: [UInt8]

    /// Fields of a `GET /` with a `Host`; lines without their ends.
    init?(method: String = "GET", version: String = "1.1", fields: [String]) {
        let lines = ["\(method) / HTTP/\(version)", "Host: a"] + fields + ["", ""]
        self.init(lines.joined(separator: "\r\n"))
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span) else { return nil }
        (self.head, self.bytes) = (head, bytes)
    }

    func text(_ slice: Slice?) -> String? {
        slice.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    func text(_ field: KnownField) -> String? { text(head[field]) }

    func values(_ field: KnownField) -> [String] {
        var values: [String] = []
        head.forEachValue(of: field, in: bytes.span) { value in
            values.append(String(decoding: value.indices.map { value[$0] }, as: UTF8.self))
        }
        return values
    }
}

extension HTTPError {
    /// What a head fails with; `nil` if it does not.
    static func of(_ head: String, limits: HeadLimits = HeadLimits()) -> HTTPError? {
        of(Array(head.utf8), limits: limits)
    }

    static func of(_ head: [UInt8], limits: HeadLimits = HeadLimits()) -> HTTPError? {
        guard case .failed(let error) = RequestHead.parse(head.span, limits: limits)
        else { return nil }
        return error
    }
}

extension OutputBuffer {
    var text: String {
        withBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    /// What `body` writes into an empty buffer.
    static func written(_ body: (inout OutputBuffer) -> Void) -> String {
        var buffer = OutputBuffer(capacity: 1)
        body(&buffer)
        return buffer.text
    }
}
