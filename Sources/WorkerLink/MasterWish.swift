/// Whether a probe is to bring the picture's master, and in which colours: those of the renditions,
/// so that they need not be converted again and again. Raw values stand in frames: never renumber.
package enum MasterWish: UInt8, CaseIterable, Hashable, Sendable {
    case unwanted = 0
    case inSRGB = 1
    /// Of what is in Display P3; all else is in sRGB.
    case inDisplayP3 = 2
}
