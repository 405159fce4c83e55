internal import Containers

/// A change to the bytes of a file before a decoder sees them: where what was written down about
/// the pixels is missing or wrong, and the pixels are all there. Browsers show such files.
struct Edit: Equatable {
    /// In the file; empty where something is put in.
    let range: Range<Int>
    var bytes: [UInt8] = []

    /// `nil` when there is nothing to change. Costs one copy. `edits` are in order and do not
    /// overlap.
    static func copy(
        of file: UnsafeRawBufferPointer, with edits: [Edit]
    ) -> UnsafeRawBufferPointer? {
        guard !edits.isEmpty else { return nil }
        let added = edits.reduce(0) { $0 + $1.bytes.count }
        let copy = UnsafeMutableRawBufferPointer.allocate(
            byteCount: file.count + added, alignment: 16)
        var (from, to) = (0, 0)
        for edit in edits + [Edit(range: file.count..<file.count)] {
            let kept = unsafe UnsafeRawBufferPointer(rebasing: file[from..<edit.range.lowerBound])
            unsafe UnsafeMutableRawBufferPointer(rebasing: copy[to...]).copyMemory(from: kept)
            to += kept.count
            unsafe UnsafeMutableRawBufferPointer(rebasing: copy[to...]).copyBytes(from: edit.bytes)
            (from, to) = (edit.range.upperBound, to + edit.bytes.count)
        }
        return unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(copy)[..<to])
    }
}
