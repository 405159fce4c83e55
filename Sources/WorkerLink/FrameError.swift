/// Why bytes are no frame. Whoever gets one from the other side ends the worker: its stream of
/// packets can not be trusted any more.
package enum FrameError: Error, Hashable, Sendable {
    case truncated
    case trailingBytes
    case unknownVersion(UInt8)
    case unknownKind(UInt8)
    /// A field whose value no sender of ours writes.
    case invalidField(Field)

    package enum Field: Hashable, Sendable {
        case recipe, outputs, input, limits, quality, imageType, colorSpace, orientation, size, flag
        case format, reason, detail, versions, walls, likeness, time, decodes
    }
}
