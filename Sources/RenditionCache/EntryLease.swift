internal import LinuxIO

/// A body that stays readable until the last lease of it is let go.
package struct EntryLease: Sendable {
    private let generation: Generation
    private let range: Range<Int>

    init(_ generation: Generation, _ range: Range<Int>) {
        self.generation = generation
        self.range = range
    }

    package var bodyByteCount: Int { range.count }

    /// The file and the place in it where the body begins. For the length of one call, while the
    /// lease is held.
    package var place: (file: CInt, offset: Int) {
        (generation.file.rawDescriptor, range.lowerBound)
    }

    /// Lends the body from `offset` on.
    package func withBody<R>(from offset: Int, _ body: (RawSpan) -> R) -> R {
        precondition(offset >= 0 && offset <= range.count)
        return generation.file.withBytes(range.lowerBound + offset..<range.upperBound, body)
    }
}
