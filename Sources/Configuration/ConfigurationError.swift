/// What an operator has to put right. The description is one line, ready to print.
package enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case malformed(source: String, line: Int, column: Int, reason: String)
    case unknownKey(key: String, source: String, reason: String)
    case invalidValue(key: String, source: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .malformed(let source, let line, let column, let reason):
            "\(source):\(line):\(column): \(reason)"
        case .unknownKey(let key, let source, let reason),
            .invalidValue(let key, let source, let reason):
            "\(source): \(key): \(reason)"
        }
    }
}
