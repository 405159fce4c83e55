package import Telemetry

extension Route {
    /// Images, which pages of other origins may show.
    package var isDelivery: Bool {
        switch self {
        case .thumbs, .optimized, .originals: true
        default: false
        }
    }
}
