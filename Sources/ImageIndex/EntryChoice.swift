package import Text

/// Which entry of an image is meant: each owner who uploaded its bytes has one of his own.
package enum EntryChoice: Equatable, Sendable {
    /// This owner's; those of others are not there for who asks.
    case own(UTF8String)
    /// That of this owner (`nil`: of nobody) if there is one, else the oldest.
    case any(preferring: UTF8String?)
}
