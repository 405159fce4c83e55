package import Rendition

/// What came out of one recipe; its bytes are where `SharedLayout` says.
package struct RenderedOutput: Hashable, Sendable {
    /// Of any output, whatever is configured.
    package static let maxByteCount: UInt64 = 1 << 31

    /// Place of its recipe in the job's outputs.
    package var index: UInt8
    package var width: UInt32
    package var height: UInt32
    package var format: OutputFormat
    package var byteCount: UInt64
    package var timings: Timings
    /// Pictures decoded for it: none when it came of what the worker held.
    package var decodes: UInt8
    /// It is of the second generation: between it and the original lies an encoding.
    package var isOfMaster: Bool

    /// Whether these are its bytes: a whole file of its format that says its size.
    package func isWhole(_ bytes: [UInt8]) -> Bool {
        let found = unsafe EncodedFile.size(bytes.span.bytes, as: format)
        return UInt64(bytes.count) == byteCount && found == size
    }

    package var size: PixelSize { PixelSize(width: Int(width), height: Int(height)) }

    /// Microseconds of this output's own work; what outputs share counts for the first reply.
    package struct Timings: Hashable, Sendable {
        package var decode: UInt32
        package var resize: UInt32
        package var encode: UInt32

        package init(decode: UInt32 = 0, resize: UInt32 = 0, encode: UInt32 = 0) {
            (self.decode, self.resize, self.encode) = (decode, resize, encode)
        }

        /// No job is given an hour.
        var isPossible: Bool { max(decode, resize, encode) <= 3_600_000_000 }
    }

    package init(
        index: UInt8 = 0, width: UInt32, height: UInt32, format: OutputFormat, byteCount: UInt64,
        timings: Timings = Timings(), decodes: UInt8 = 0, isOfMaster: Bool = false
    ) {
        (self.index, self.width, self.height) = (index, width, height)
        (self.format, self.byteCount, self.timings) = (format, byteCount, timings)
        (self.decodes, self.isOfMaster) = (decodes, isOfMaster)
    }
}

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
    /// Too little of a master is left without its border: it takes the original.
    case tooCoarse = 11

    /// Whether it may be the wanted size that is too much, and not the picture.
    package var dependsOnOutput: Bool {
        switch self {
        case .overOutput, .outOfMemory, .overTime, .overBytes: true
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .internalFailure,
            .tooCoarse:
            false
        }
    }

    /// Whether what else the machine had to do may have had a part in it.
    package var mayPass: Bool {
        switch self {
        case .outOfMemory, .overTime, .internalFailure: true
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .overOutput,
            .overBytes, .tooCoarse:
            false
        }
    }

    /// Whether the same bytes would be refused again, so that the answer may be remembered by hash.
    package var isLasting: Bool {
        switch self {
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .overOutput,
            .outOfMemory, .overTime, .overBytes:
            true
        case .internalFailure, .tooCoarse: false
        }
    }
}
