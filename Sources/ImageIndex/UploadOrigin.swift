package import JSON
package import Text

/// Where bytes came from that were not kept, for who is told of it.
package struct UploadOrigin: Sendable {
    package var name: UTF8String?
    package var owner: UTF8String?
    /// As in the answer's `X-Request-Id` and in the log.
    package var requestID: String?

    package init(name: UTF8String?, owner: UTF8String?, requestID: String?) {
        (self.name, self.owner, self.requestID) = (name, owner, requestID)
    }

    /// The members of an event or a log line: what is known.
    package func append(to json: inout JSONWriter) {
        if let name { json.field("name", name.string) }
        if let owner { json.field("owner", owner.string) }
        if let requestID { json.field("request", requestID) }
    }
}
