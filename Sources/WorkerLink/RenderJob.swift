package import Rendition

/// Renditions to make of one input, which is decoded once.
package struct RenderJob: Hashable, Sendable {
    package static let maxOutputs = 16

    /// 1…16, no format of them negotiated. The worker may make them in any order.
    package let outputs: [Recipe]
    package let input: JobInput
    package let limits: JobLimits
    package let style: Style
    /// How many bytes of input lie in the memory that is shared; 0: it is a file.
    package let sharedByteCount: UInt32

    package init(
        outputs: [Recipe], of input: JobInput = JobInput(), limits: JobLimits = JobLimits(),
        style: Style = Style(), sharedByteCount: UInt32 = 0
    ) {
        precondition(1...Self.maxOutputs ~= outputs.count, "1 to 16 outputs a job")
        precondition(outputs.allSatisfy { $0.format != .negotiated }, "a format not yet decided")
        (self.outputs, self.input) = (outputs, input)
        (self.limits, self.style) = (limits, style)
        self.sharedByteCount = sharedByteCount
    }
}
