internal import Glibc
internal import LinuxIO
internal import Text

extension Process {
    static func environment() -> [UTF8String: String] {
        var variables: [UTF8String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstPlace(of: "=") {
                variables[UTF8String(text[..<equals])] =
                    String(Substring(text[equals...].utf8.dropFirst()))
            }
            unsafe next += 1
        }
        return variables
    }
}
