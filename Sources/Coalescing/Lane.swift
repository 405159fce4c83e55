/// Where a job waits for a worker: by what it costs and who waits for it.
package enum Lane: UInt8, CaseIterable, Hashable, Sendable {
    /// Somebody waits for it, and it is soon done.
    case small = 0
    /// Somebody waits for it.
    case large = 1
    /// Nobody waits for it.
    case background = 2

    var index: Int { Int(rawValue) }

    var following: Lane {
        switch self {
        case .small: .large
        case .large: .background
        case .background: .small
        }
    }
}
