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
}
