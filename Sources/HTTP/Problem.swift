internal import Coding

/// The body of an error response: a problem document (RFC 9457) with the request's id in it.
package struct Problem: Sendable {
    package static let contentType: StaticString = "application/problem+json"

    /// A URI reference that names the kind of problem; `about:blank` says no more than the status.
    package var type: String
    package var title: String
    package var status: Status
    package var detail: String?
    /// A URI reference to what the request was about.
    package var instance: String?
    package var requestID: String?
    /// A further member (RFC 9457 §3.2): its name, and its value as JSON.
    package var extra: (name: String, json: [UInt8])?

    /// - Parameter title: the status's own phrase unless given.
    package init(
        status: Status, type: String = "about:blank", title: String? = nil, detail: String? = nil,
        instance: String? = nil, requestID: String? = nil
    ) {
        self.status = status
        self.type = type
        self.title = title ?? status.reason.description
        self.detail = detail
        self.instance = instance
        self.requestID = requestID
    }

    /// What was wrong with a request's form.
    package init(_ error: HTTPError, requestID: String? = nil) {
        self.init(
            status: error.status, detail: error.reason.description, requestID: requestID)
    }

    /// The JSON document, with a line end.
    package func append(to buffer: inout OutputBuffer) {
        buffer.append("{\"type\":")
        buffer.append(json: type)
        buffer.append(",\"title\":")
        buffer.append(json: title)
        buffer.append(",\"status\":")
        buffer.append(decimal: UInt64(status.rawValue))
        appendMember(",\"detail\":", detail, to: &buffer)
        appendMember(",\"instance\":", instance, to: &buffer)
        appendMember(",\"requestID\":", requestID, to: &buffer)
        if let extra {
            buffer.append(UInt8.comma)
            buffer.append(json: extra.name)
            buffer.append(UInt8.colon)
            buffer.append(extra.json)
        }
        buffer.append("}\n")
    }

    private func appendMember(
        _ name: StaticString, _ value: String?, to buffer: inout OutputBuffer
    ) {
        guard let value else { return }
        buffer.append(name)
        buffer.append(json: value)
    }
}

extension OutputBuffer {
    /// A JSON string (RFC 8259 §7): quotes, backslashes and control characters escaped.
    package mutating func append(json text: String) {
        append(UInt8.quote)
        for byte in text.utf8 {
            switch byte {
            case .quote: append("\\\"")
            case .backslash: append("\\\\")
            case .lineFeed: append("\\n")
            case .carriageReturn: append("\\r")
            case .tab: append("\\t")
            case 0..<UInt8.space, .delete:
                append("\\u00")
                append(Hex.digit(byte >> 4))
                append(Hex.digit(byte & 15))
            default: append(byte)
            }
        }
        append(UInt8.quote)
    }
}
