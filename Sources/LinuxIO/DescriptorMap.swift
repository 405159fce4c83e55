internal import CLinux
internal import Glibc

/// What lies behind a descriptor, mapped for reading. The file must not shrink while it is: sealed
/// or shared memory, or a file that is never written again.
@safe package struct DescriptorMap: ~Copyable {
    package let bytes: UnsafeRawBufferPointer

    /// The whole, from the first byte. An empty file maps nothing.
    package init(of descriptor: borrowing OwnedDescriptor) throws(SystemError) {
        let raw = descriptor.rawValue
        let byteCount = try Files.size(raw)
        guard byteCount > 0 else {
            unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let start = unsafe mmap(nil, byteCount, PROT_READ, MAP_SHARED, raw, 0)
        // MAP_FAILED, which is a cast that Swift does not import.
        guard let start = unsafe start, Int(bitPattern: start) != -1
        else { throw SystemError(call: "mmap", code: errno) }
        unsafe bytes = UnsafeRawBufferPointer(start: start, count: byteCount)
    }

    deinit {
        if let start = unsafe bytes.baseAddress {
            _ = unsafe munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}
