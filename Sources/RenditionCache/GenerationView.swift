internal import LinuxIO

/// The cache as a reader sees it between two changes of the row: the table, and where each
/// generation is mapped. Holding it holds the maps, unlinked files included.
///
/// `@unchecked Sendable` because it is not changed after `init`.
@safe final class GenerationView: @unchecked Sendable {
    @safe private struct Region {
        var base: UnsafeRawPointer?
        var byteCount: Int
        var descriptor: CInt
    }

    let table: EntryTable
    private let generations: [Generation]
    /// By tag.
    private let regions: UnsafeMutablePointer<Region>

    init(table: EntryTable, generations: [Generation]) {
        self.table = table
        self.generations = generations
        unsafe regions = .allocate(capacity: Location.maximumTag + 1)
        unsafe regions.initialize(
            repeating: Region(base: nil, byteCount: 0, descriptor: -1),
            count: Location.maximumTag + 1)
        for generation in generations {
            unsafe regions[generation.tag] = Region(
                base: generation.file.start, byteCount: generation.file.byteCount,
                descriptor: generation.file.rawDescriptor)
        }
    }

    deinit { unsafe regions.deallocate() }

    /// Lends what lies from `location` to the end of its generation; nothing where there is none.
    @inline(__always)
    func withBytes<R, E: Error>(
        from location: Location, _ body: (RawSpan) throws(E) -> R
    ) throws(E) -> R? {
        let region = unsafe regions[location.tag]
        guard let base = unsafe region.base, location.offset < region.byteCount
        else { return nil }
        let bytes = unsafe RawSpan(
            _unsafeStart: base + location.offset, byteCount: region.byteCount - location.offset)
        return try body(bytes)
    }

    @inline(__always)
    func has(_ tag: Int) -> Bool { unsafe regions[tag].base != nil }

    /// Open while the view is held.
    @inline(__always)
    func file(_ tag: Int) -> CInt { unsafe regions[tag].descriptor }

    /// The oldest one whose number is not below the given one.
    func oldestGeneration(from number: UInt64) -> Generation? {
        generations.filter { $0.number >= number }.min { $0.number < $1.number }
    }

    func generation(_ tag: Int) -> Generation? { generations.first { $0.tag == tag } }
}
