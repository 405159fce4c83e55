package import HTTP
package import Telemetry

extension LoggedMethod {
    package init(_ method: Method) {
        self =
            switch method {
            case .get: .get
            case .head: .head
            case .post: .post
            case .put: .put
            case .delete: .delete
            case .patch: .patch
            case .options: .options
            case .trace, .connect, .unknown: .other
            }
    }
}
