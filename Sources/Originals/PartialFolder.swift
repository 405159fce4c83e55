internal import Digest
package import LinuxIO
package import Rendition

/// Originals of which not all has come yet: `<directory>/partial/<name>`, and beside each what is
/// said of it (`<name>.json`). They outlive the process. Names are ours, never a client's; the
/// caller sees to it that one of them is changed by one task at a time.
package final class PartialFolder: Sendable {
    private static let directory = "partial"
    /// Of what is said of one: several times what heads of requests may have.
    private static let recordByteLimit = 1 << 18

    private let root: DirectoryReference

    init(in root: DirectoryReference) throws(OriginalsError) {
        self.root = root
        do { try root.directory.makeDirectory(Self.directory) } catch {
            throw OriginalsError(writing: error)
        }
    }

    private static func content(_ name: String) -> String { "\(directory)/\(name)" }
    private static func record(_ name: String) -> String { "\(directory)/\(name).json" }
    /// What is to take the record's place.
    private static func draft(_ name: String) -> String { "\(directory)/\(name).new" }

    /// What an earlier process left, by name. What has no record was cut off while it was begun,
    /// and goes.
    package func records() throws(OriginalsError) -> [(name: String, record: [UInt8])] {
        do throws(SystemError) {
            var found: [(String, [UInt8])] = []
            let names = try root.directory.names(in: Self.directory)
            for file in names where file.utf8.suffix(5).elementsEqual(".json".utf8) {
                let name = String(Substring(file.utf8.dropLast(5)))
                let record = try root.directory.open(Self.record(name))
                found.append(
                    (
                        name,
                        try Files.read(record.rawValue, offset: 0, byteCount: Self.recordByteLimit)
                    ))
            }
            let known = Set(found.flatMap { [$0.0, "\($0.0).json"] })
            for file in names where !known.contains(file) {
                try root.directory.remove(Self.content(file))
            }
            return found
        } catch { throw OriginalsError(writing: error) }
    }

    /// An original without bytes.
    package func begin(_ name: String, record: [UInt8]) throws(OriginalsError) {
        do throws(SystemError) {
            _ = try root.directory.create(Self.content(name))
            try write(record, beside: name)
        } catch {
            remove(name)
            throw OriginalsError(writing: error)
        }
    }

    /// Takes the place of the record that was there, at once.
    package func replaceRecord(of name: String, by record: [UInt8]) throws(OriginalsError) {
        do throws(SystemError) { try write(record, beside: name) } catch {
            throw OriginalsError(writing: error)
        }
    }

    private func write(_ record: [UInt8], beside name: String) throws(SystemError) {
        let draft = Self.draft(name)
        try? root.directory.remove(draft)
        do throws(SystemError) {
            let file = try root.directory.create(draft)
            try unsafe Files.writeAll(file, record.span.bytes)
            try root.directory.rename(draft, to: Self.record(name))
        } catch {
            try? root.directory.remove(draft)
            throw error
        }
    }

    /// `nil`: its bytes are not here, or no longer.
    package func byteCount(of name: String) throws(OriginalsError) -> Int? {
        do throws(SystemError) {
            return try root.directory.status(Self.content(name)).byteCount
        } catch {
            if error.isNotFound { return nil }
            throw OriginalsError(error)
        }
    }

    /// Whether these bytes are there already. What can not be read is not.
    package func holds(_ bytes: [UInt8], at offset: Int, of name: String) -> Bool {
        guard let file = try? root.directory.open(Self.content(name)),
            let found = try? Files.read(file.rawValue, offset: offset, byteCount: bytes.count)
        else { return false }
        return found == bytes
    }

    package func openForWriting(_ name: String) throws(OriginalsError) -> SharedDescriptor {
        do throws(SystemError) {
            return SharedDescriptor(try root.directory.openForWriting(Self.content(name)))
        } catch { throw OriginalsError(error) }
    }

    /// All of whose bytes have come. Until it is committed the file stays where it is, whatever
    /// becomes of what is returned.
    ///
    /// - Parameter hash: theirs; `nil` reads them: O(bytes).
    package func finish(
        _ name: String, knownAs hash: ContentHash?
    ) throws(OriginalsError) -> FinishedOriginal {
        do throws(SystemError) {
            let file = try root.directory.open(Self.content(name))
            let found =
                if let hash { hash } else { ContentHash(try SHA256Digest(ofFile: file.rawValue)) }
            let byteCount = try Files.size(file.rawValue)
            return FinishedOriginal(
                file: TemporaryFile(in: root, name: Self.content(name), isLeft: true),
                hash: found, byteCount: byteCount)
        } catch { throw OriginalsError(error) }
    }

    /// Takes the bytes away and leaves what is said of them.
    package func removeContent(of name: String) {
        try? root.directory.remove(Self.content(name))
    }

    /// First what is said of it: bytes without a record are swept.
    package func remove(_ name: String) {
        try? root.directory.remove(Self.record(name))
        try? root.directory.remove(Self.draft(name))
        removeContent(of: name)
    }
}
