internal import LinuxIO
internal import Telemetry
internal import WorkerLink

extension RefusalReason {
    /// Whether what else is made at the same time has a part in it.
    var isShared: Bool {
        switch self {
        case .overTime, .outOfMemory: true
        case .unsupportedType, .broken, .overPixels, .overFrames, .overSides, .overOutput,
            .internalFailure, .overBytes, .tooCoarse:
            false
        }
    }

    var counter: Counter {
        switch self {
        case .unsupportedType: .rejectedUnsupported
        case .broken, .internalFailure, .tooCoarse: .rejectedBroken
        case .overPixels, .overSides, .overOutput, .overBytes: .rejectedPixels
        case .overFrames: .rejectedFrames
        case .outOfMemory: .rejectedMemory
        case .overTime: .rejectedTime
        }
    }
}

extension Duration {
    /// Of a time since the monotonic clock's start.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(0, seconds)) &* 1_000_000_000
            &+ UInt64(max(0, attoseconds) / 1_000_000_000)
    }
}

extension Refusal {
    static let overTime = Refusal(
        .overTime, detail: "This takes more processor time than is allowed.")

    /// What a worker's death says of its picture; `nil` for one that was killed from outside, or
    /// for want of the machine's memory. Every other signal is the picture's doing, and it would
    /// do it again.
    init?(signal: Int32) {
        switch signal {
        case 0, Signals.kill, Signals.terminate: return nil
        case Signals.processorTime: self = .overTime
        default: self.init(.broken, detail: "The decoder failed on this image.")
        }
    }
}
