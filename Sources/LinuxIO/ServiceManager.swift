internal import CLinux
internal import Glibc

/// Tells the service manager how far the program is (sd_notify(3)), where one asked for it.
package enum ServiceManager {
    /// `READY=1`, `STOPPING=1`. One datagram to `$NOTIFY_SOCKET`: a path, or a name without a file
    /// after an `@`. Nobody there is no error, for the service runs as well without.
    package static func notify(_ message: String) {
        guard let name = unsafe getenv("NOTIFY_SOCKET") else { return }
        var path = unsafe Array(String(cString: name).utf8)
        guard path.first == UInt8(ascii: "/") || path.first == UInt8(ascii: "@") else { return }
        if path[0] == UInt8(ascii: "@") { path[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.count <= room.count else { return false }
            unsafe room.copyBytes(from: path)
            return true
        }
        let raw = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard fits, raw >= 0 else { return }
        let descriptor = OwnedDescriptor(adopting: raw)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
        let bytes = Array(message.utf8)
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe sendto(
                    descriptor.rawValue, bytes, bytes.count, CInt(MSG_NOSIGNAL), address,
                    length)
            }
        }
    }
}
