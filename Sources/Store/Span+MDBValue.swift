internal import CLMDB

extension Span<UInt8> {
    /// Lends the bytes to one call of LMDB, which does not write through the pointer.
    func withValue<R>(_ body: (inout MDB_val) -> R) -> R {
        unsafe withUnsafeBytes { bytes in
            let start = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            var value = unsafe MDB_val(mv_size: bytes.count, mv_data: start)
            return unsafe body(&value)
        }
    }
}
