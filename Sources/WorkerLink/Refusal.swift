/// A job, or one output of it, that was not done.
package struct Refusal: Hashable, Sendable {
    package static let maxDetailBytes = 200

    package var reason: RefusalReason
    /// The output it is about; `nil`: the whole job is over.
    package var output: UInt8?
    /// For the log and, where it is about the image, for the client; longer ones are cut.
    package var detail: String

    package init(_ reason: RefusalReason, output: UInt8? = nil, detail: String) {
        precondition(output.map { Int($0) < RenderJob.maxOutputs } ?? true, "no such output")
        (self.reason, self.output, self.detail) = (reason, output, detail)
    }
}
