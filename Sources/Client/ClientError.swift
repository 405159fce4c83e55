package import LinuxIO

/// Why there is no answer.
package enum ClientError: Error, Equatable, CustomStringConvertible {
    case unreachable(SystemError)
    /// The connection ended before the answer was whole.
    case cutOff
    case timedOut
    /// What answers there does not speak HTTP/1.1 as an edge does.
    case notAnEdge(String)
    case unreadableFile(SystemError)

    package var description: String {
        switch self {
        case .unreachable(let error): "can not connect: \(error)"
        case .cutOff: "the connection ended before the answer was whole"
        case .timedOut: "no answer in time"
        case .notAnEdge(let what): "that is no edge: \(what)"
        case .unreadableFile(let error): "can not be read: \(error)"
        }
    }

    /// Whether asking again may help.
    var isPassing: Bool {
        switch self {
        case .unreachable, .cutOff, .timedOut: true
        case .notAnEdge, .unreadableFile: false
        }
    }
}
