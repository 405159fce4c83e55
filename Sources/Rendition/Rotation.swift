/// A turn clockwise, after EXIF orientation and before `Flip`; raw value in quarters.
package enum Rotation: UInt8, CaseIterable, Hashable, Sendable {
    case none = 0
    case quarter = 1
    case half = 2
    case threeQuarters = 3

    package var degrees: Int { Int(rawValue) * 90 }
    package var swapsSides: Bool { self == .quarter || self == .threeQuarters }
}
