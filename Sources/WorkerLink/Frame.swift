/// One packet of the `SOCK_SEQPACKET` pair between edge and worker: a version, a kind, the job, and
/// fields of fixed layout. Descriptors travel beside it by `SCM_RIGHTS`, from the edge alone.
package enum Frame {
    /// Every frame fits a buffer of this size.
    package static let maxByteCount = 4096
    static let version: UInt8 = 5
}

/// Raw values stand in frames: never renumber.
enum FrameKind: UInt8 {
    case probe = 1
    case render = 2
    case room = 3
    case probed = 64
    case rendered = 65
    case refused = 66
    case ready = 67
    case mastered = 68
    case roomWanted = 69
}
