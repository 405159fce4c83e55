/// Why a worker did not do a job. Raw values stand in frames: never renumber.
package enum RefusalReason: UInt8, CaseIterable, Hashable, Sendable {
    /// Not an image, or of a type that is not enabled: 415.
    case unsupportedType = 1
    /// An image of an enabled type that does not decode: 422.
    case broken = 2
    case overPixels = 3
    case overFrames = 4
    case overSides = 5
    /// The rendition would be larger than the limits allow.
    case overOutput = 6
    case outOfMemory = 7
    case internalFailure = 8
    /// The job used up its processor time.
    case overTime = 9
    /// No quality makes the rendition as small as was asked for.
    case overBytes = 10

    /// Whether it may be the wanted size that is too much, and not the picture.
    package var dependsOnOutput: Bool {
        switch self {
        case .overOutput, .outOfMemory, .overTime, .overBytes: true
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .internalFailure:
            false
        }
    }

    /// Whether the same bytes would be refused again, so that the answer may be remembered by hash.
    package var isLasting: Bool {
        switch self {
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .overOutput,
            .outOfMemory, .overTime, .overBytes:
            true
        case .internalFailure: false
        }
    }
}
