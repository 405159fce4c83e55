package import Text

// The names of an entry: its own, and those under which the same bytes came again. They are noted
// where something is kept under them.
extension ImageDocument {
    package struct GivenName: Hashable, Sendable {
        package let name: UTF8String
        /// Microseconds since 1970.
        package let time: Int64

        package init(_ name: UTF8String, at time: Int64) { (self.name, self.time) = (name, time) }
    }

    /// Its own first; `nil`: it has none.
    package var names: [UTF8String?] {
        [name] + givenNames.lazy.map(\.name).filter { $0 != name }
    }

    /// When it got this name last; `nil`: it does not have it.
    package func time(of name: UTF8String?) -> Int64? {
        givenNames.last { $0.name == name }?.time ?? (name == self.name ? uploadedAt : nil)
    }

    /// It came under this name, which may be its own. The oldest others make way where there are
    /// too many.
    mutating func give(_ name: UTF8String, at time: Int64) {
        givenNames.removeAll { $0.name == name }
        givenNames.append(GivenName(name, at: time))
        while givenNames.reduce(0, { $0 + $1.name.utf8.count }) > Limits.givenNamesBytes {
            givenNames.removeFirst()
        }
    }

    /// It has this name no more, if it has another.
    mutating func forget(_ name: UTF8String) {
        givenNames.removeAll { $0.name == name }
        guard self.name == name, !givenNames.isEmpty else { return }
        self.name = givenNames[0].name
    }
}
