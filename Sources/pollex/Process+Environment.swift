internal import Configuration
internal import Glibc
internal import LinuxIO
internal import Text

extension Process {
    /// Variables of others may hold any bytes and are left out then; one of ours may not.
    static func environment() throws(ConfigurationError) -> [UTF8String: String] {
        var variables: [UTF8String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            unsafe next += 1
            guard let text = unsafe String(validatingCString: entry) else {
                let repaired = unsafe String(cString: entry)
                let end = repaired.firstPlace(of: "=") ?? repaired.endIndex
                guard repaired.utf8.starts(with: "POLLEX_".utf8) else { continue }
                throw .invalidValue(
                    key: repaired[..<end].visible, source: "environment", reason: "it is no UTF-8")
            }
            guard let equals = text.firstPlace(of: "=") else { continue }
            variables[UTF8String(text[..<equals])] =
                String(Substring(text[equals...].utf8.dropFirst()))
        }
        return variables
    }
}
