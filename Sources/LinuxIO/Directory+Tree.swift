internal import CLinux
internal import Glibc

// Trees that others write to: no name in them is trusted to be what it was a moment ago.
extension Directory {
    /// Opens a directory below this one (`.` is itself), by way of no symbolic link.
    package borrowing func directory(_ path: String) throws(SystemError) -> Directory {
        let raw = descriptor.rawValue
        return Directory(
            adopting: OwnedDescriptor(
                adopting: try systemCall("openat2") {
                    unsafe CLinux_open_beneath(raw, path, O_RDONLY | O_DIRECTORY)
                }))
    }

    /// Makes what is missing of the way to a directory below this one, and opens it, step by step:
    /// a link that stands in the way is not followed (`ELOOP`), and nothing is made behind it.
    package borrowing func makeDirectories(_ path: String) throws(SystemError) -> Directory {
        var reached = try directory(".")
        for step in path.utf8.split(separator: UInt8(ascii: "/")) {
            let name = String(Substring(step))
            try reached.makeDirectory(name)
            let next = try reached.directory(name)
            reached = next
        }
        return reached
    }

    /// Opens whatever has the name in this directory for reading, and no symbolic link. Does not
    /// wait for the other end of a pipe.
    package borrowing func openAnything(_ name: String) throws(SystemError) -> OwnedDescriptor {
        let raw = descriptor.rawValue
        return OwnedDescriptor(
            adopting: try systemCall("openat2") {
                unsafe CLinux_open_beneath(raw, name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
            })
    }

    /// Moves a name into another directory of the same file system. `false`: the new name is taken.
    package borrowing func move(
        _ name: String, to newName: String, in other: borrowing Directory
    ) throws(SystemError) -> Bool {
        let (raw, otherRaw) = (descriptor.rawValue, other.descriptor.rawValue)
        do {
            try systemCall("renameat2") {
                unsafe CLinux_rename_to_free(raw, name, otherRaw, newName)
            }
            return true
        } catch {
            guard error.code == EEXIST else { throw error }
            return false
        }
    }
}
