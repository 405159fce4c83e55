package import LinuxIO

/// A body that stays readable until the last lease of it is let go.
package struct EntryLease: Sendable {
    private let state: CacheState
    private let generation: Generation
    private let range: Range<Int>

    init(_ state: CacheState, _ generation: Generation, _ range: Range<Int>) {
        self.state = state
        self.generation = generation
        self.range = range
    }

    package var bodyByteCount: Int { range.count }

    /// The file and the place in it where the body begins. For the length of one call, while the
    /// lease is held.
    package var place: (file: CInt, offset: Int) {
        (generation.file.rawDescriptor, range.lowerBound)
    }

    /// Lends a part of the body where it is mapped, for `MappedFile.copy`.
    package func withMapped<R>(_ part: Range<Int>, _ body: (RawSpan) -> R) -> R {
        precondition(part.lowerBound >= 0 && part.upperBound <= range.count)
        let start = unsafe generation.file.start + range.lowerBound + part.lowerBound
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: part.count)
        return unsafe body(bytes.bytes)
    }

    /// Copies the body into `memory`, from its first byte on.
    package func write(to memory: borrowing SharedMemory) throws(SystemError) {
        do throws(SystemError) {
            try generation.file.write(range, to: memory, at: 0)
        } catch {
            if error.isUnreadable { reportUnreadable() }
            throw error
        }
    }

    /// Says that the body can not be read there any more.
    package func reportUnreadable() { state.reportUnreadable(generation.number) }
}
