/// A file without some of its parts; copied when it is asked for, and once.
@safe final class TrimmedFile {
    private let file: UnsafeRawBufferPointer
    private let edits: [Edit]
    private var copy: UnsafeRawBufferPointer?

    /// `file` must outlive it; `parts` are in order.
    init(_ file: UnsafeRawBufferPointer, without parts: [Range<Int>]) {
        unsafe self.file = file
        edits = parts.map { Edit(range: $0) }
    }

    /// They live as long as it does.
    var bytes: UnsafeRawBufferPointer {
        if unsafe copy == nil { unsafe copy = Edit.copy(of: file, with: edits) }
        return unsafe copy ?? file
    }

    deinit { unsafe copy?.deallocate() }
}
