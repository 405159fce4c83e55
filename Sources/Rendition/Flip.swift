/// A mirroring, after `Rotation`.
package enum Flip: UInt8, CaseIterable, Hashable, Sendable {
    case none = 0
    /// Left and right change places.
    case horizontal = 1
    /// Top and bottom change places.
    case vertical = 2
    case both = 3

    package var mirrorsLeftRight: Bool { rawValue & 1 != 0 }
    package var mirrorsTopBottom: Bool { rawValue & 2 != 0 }
}
