internal import Coding
internal import Glibc
internal import LinuxIO
internal import Synchronization
internal import Text

/// Which objects of a bucket were brought, or refused, and what they were then: a file that is only
/// written at its end, a line for each.
///
/// A line that is not whole is none: its object is brought again, and known by its hash.
final class ImportNotes: Sendable {
    private let file: SharedDescriptor
    /// Entity tags by names.
    private let noted: [UTF8String: String]

    /// Begins a file where there is none.
    ///
    /// - Parameter about: what it is of; another's notes say nothing of this one.
    init(_ path: String, about: String) throws(CommandFailure) {
        let head = "pollex import \(about)"
        let lines: [Substring]
        do throws(SystemError) {
            file = SharedDescriptor(try Files.open(path, flags: O_RDWR | O_CREAT | O_APPEND))
            let byteCount = try Files.size(file.rawValue)
            let bytes = try Files.read(file.rawValue, offset: 0, byteCount: byteCount)
            let whole = bytes.lastIndex(of: UInt8(ascii: "\n")).map { bytes[...$0] } ?? []
            try Files.truncate(file.rawValue, byteCount: whole.count)
            if whole.isEmpty {
                let line = Array("\(head)\n".utf8)
                unsafe try Files.writeAll(file.rawValue, line.span.bytes)
            }
            lines = String(decoding: whole, as: UTF8.self).fields(separatedBy: "\n")
        } catch { throw .failed("\(path): \(error)") }
        if let first = lines.first, UTF8String(first) != UTF8String(head) {
            throw .invalid(
                "\(path) is of another import (\(first)); give another file with --notes")
        }
        noted = Self.noted(in: lines.dropFirst())
    }

    private static func noted(in lines: some Sequence<Substring>) -> [UTF8String: String] {
        var noted: [UTF8String: String] = [:]
        for line in lines {
            let parts = line.fields(separatedBy: " ")
            guard parts.count == 2 else { continue }
            let escaped = Array(parts[1].utf8)
            guard
                let key = PercentCoding.decode(escaped.span).flatMap({
                    UTF8String(validating: $0)
                })
            else { continue }
            noted[key] = String(parts[0])
        }
        return noted
    }

    func has(_ key: String, etag: String) -> Bool {
        noted[UTF8String(key)] == Self.shown(etag)
    }

    /// One call for the line: several threads write.
    func add(_ key: String, etag: String) throws(SystemError) {
        let line = Array("\(Self.shown(etag)) \(PercentCoding.encode(key))\n".utf8)
        unsafe try Files.writeAll(file.rawValue, line.span.bytes)
    }

    /// Of its own letters only: some stores quote it in one place and not in the other.
    private static func shown(_ etag: String) -> String {
        let plain = etag.utf8.filter { $0 > 0x20 && $0 != UInt8(ascii: "\"") }
        return plain.isEmpty ? "-" : String(decoding: plain, as: UTF8.self)
    }
}
