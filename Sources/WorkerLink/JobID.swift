/// Names a job on the link to one worker, so that a late reply is told from the one waited for.
package struct JobID: Hashable, Sendable {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }
}
