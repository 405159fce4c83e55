package import HTTP
package import Telemetry

extension MethodSet {
    package static let delivery: MethodSet = [.get, .head, .options]
    package static let original: MethodSet = [.get, .head, .put, .options]
    package static let images: MethodSet = [.get, .head, .post, .options]
    package static let any: MethodSet = [.get, .head, .post, .put, .delete, .patch, .options]
    package static let image: MethodSet = [.get, .head, .patch, .delete, .options]
}

extension Route {
    /// Images, which pages of other origins may show.
    package var isDelivery: Bool {
        switch self {
        case .thumbs, .optimized, .originals: true
        default: false
        }
    }
}
