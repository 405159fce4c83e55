internal import CLinux
internal import Glibc
internal import Text

/// Who listens on a TCP port, as far as this process may know: `/proc/net/tcp`, and the descriptors
/// of processes that it may look at.
package struct PortHolder: Sendable, CustomStringConvertible {
    package let processID: Int32
    package let name: String

    package var description: String { "process \(processID), \(name), listens there" }

    package init?(of port: UInt16) {
        let sockets = Self.listeners(on: port)
        guard !sockets.isEmpty, let processes = try? Directory(existing: "/proc").names() else {
            return nil
        }
        for processID in processes.compactMap({ Int32($0) }) where Self.holds(processID, sockets) {
            self.processID = processID
            name =
                Files.text(of: "/proc/\(processID)/comm").fields(separatedBy: "\n").first?
                .visible ?? "?"
            return
        }
        return nil
    }

    /// The inodes of sockets that listen on it, at whatever address.
    private static func listeners(on port: UInt16) -> Set<UTF8String> {
        var inodes: Set<UTF8String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in Files.text(of: table).fields(separatedBy: "\n") {
                // Number, local address:port, remote one, state, …; the inode is the tenth.
                let words = line.fields(separatedBy: " ")
                guard words.count > 9, words[3] == "0A",
                    let local = words[1].fields(separatedBy: ":").last,
                    UInt16(local, radix: 16) == port
                else { continue }
                inodes.insert("socket:[\(words[9])]")
            }
        }
        return inodes
    }

    private static func holds(_ processID: Int32, _ sockets: Set<UTF8String>) -> Bool {
        let folder = "/proc/\(processID)/fd"
        guard let descriptors = try? Directory(existing: folder).names() else { return false }
        return descriptors.contains { name in
            Files.target(ofLink: "\(folder)/\(name)").map { sockets.contains(UTF8String($0)) }
                ?? false
        }
    }
}
