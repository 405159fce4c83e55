package import LinuxIO

/// Why there is no answer.
package enum ClientError: Error, Equatable, CustomStringConvertible {
    case unreachable(String, SystemError)
    /// The connection ended before the answer was whole.
    case cutOff
    case timedOut
    /// It does not prove to be whom we ask for.
    case untrusted(String)
    /// What answers there does not speak HTTP/1.1 as an edge does.
    case notAnEdge(String)
    case unreadableFile(SystemError)

    package var description: String {
        switch self {
        case .unreachable(let address, let error): "no edge can be reached at \(address): \(error)"
        case .cutOff: "the connection ended before the answer was whole"
        case .timedOut: "no answer in time"
        case .untrusted(let reason): "not trusted: \(reason)"
        case .notAnEdge(let what): "that is no edge: \(what)"
        case .unreadableFile(let error): "can not be read: \(error)"
        }
    }

    /// Whether asking again may help.
    var isPassing: Bool {
        switch self {
        case .unreachable, .cutOff, .timedOut: true
        case .untrusted, .notAnEdge, .unreadableFile: false
        }
    }
}
