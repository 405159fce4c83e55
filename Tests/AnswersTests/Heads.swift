import HTTP

/// A parsed head beside its bytes.
struct Head {
    let head: RequestHead
    let bytes: [UInt8]

    /// Lines of fields without their ends.
    init(_ method: String = "GET", _ fields: String...) {
        let lines = ["\(method) / HTTP/1.1", "Host: a"] + fields + ["", ""]
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        guard case .complete(let head) = RequestHead.parse(bytes.span)
        else { preconditionFailure("\(lines) is no head") }
        (self.head, self.bytes) = (head, bytes)
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
