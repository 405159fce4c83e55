package import JSON

/// Lines about the edge itself (start, drain, failures), one JSON object each, written at once:
/// they are rare, and one about a crash must be out before it.
package struct EventLog: Sendable {
    package enum Level: UInt8, CaseIterable, Comparable, Sendable {
        case debug, info, warning, error

        package var label: String {
            switch self {
            case .debug: "debug"
            case .info: "info"
            case .warning: "warning"
            case .error: "error"
            }
        }

        package static func < (left: Level, right: Level) -> Bool {
            left.rawValue < right.rawValue
        }
    }

    private let minimum: Level
    private let now: @Sendable () -> UInt64
    private let write: @Sendable (Span<UInt8>) -> Void

    /// - Parameters:
    ///   - minimum: lines below it are not made.
    ///   - now: microseconds since 1970.
    ///   - write: takes one whole line with its newline, from any thread.
    package init(
        minimum: Level = .info, now: @escaping @Sendable () -> UInt64,
        write: @escaping @Sendable (Span<UInt8>) -> Void
    ) {
        (self.minimum, self.now, self.write) = (minimum, now, write)
    }

    /// `{"level":…,"event":…,` the fields `,"time":…}`
    package func log(
        _ level: Level, _ event: String, _ fields: (inout JSONWriter) -> Void = { _ in }
    ) {
        guard level >= minimum else { return }
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("level", level.label)
        writer.field("event", event)
        fields(&writer)
        writer.key("time")
        writer.timestamp(microseconds: now())
        writer.endObject()
        var line = writer.finish()
        line.append(UInt8(ascii: "\n"))
        write(line.span)
    }
}
