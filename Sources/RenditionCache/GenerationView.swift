internal import LinuxIO
internal import Rendition

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

    /// How much lies from `location` to the end of its generation; 0 where there is none.
    @inline(__always)
    func byteCount(from location: Location) -> Int {
        let region = unsafe regions[location.tag]
        return unsafe region.base == nil ? 0 : max(0, region.byteCount - location.offset)
    }

    /// Lends the map of `range`, counted from `location`, for system calls and `MappedFile.copy`.
    @inline(__always)
    func withMap<R>(from location: Location, _ range: Range<Int>, _ body: (RawSpan) -> R) -> R {
        guard let base = unsafe regions[location.tag].base,
            range.upperBound <= byteCount(from: location)
        else { preconditionFailure("beyond the generation") }
        let bytes = unsafe RawSpan(
            _unsafeStart: base + location.offset + range.lowerBound, byteCount: range.count)
        return body(bytes)
    }

    /// Whether the record of this key lies at `location`.
    func holds(_ key: RenditionKey, at location: Location) -> Bool {
        let limit = byteCount(from: location)
        guard limit >= Record.headerByteCount, let generation = generation(location.tag)
        else { return false }
        let range = location.offset..<location.offset + Record.headerByteCount
        let isKey = generation.file.withCopy(of: range) {
            Record($0, limit: limit, key: key) != nil
        }
        return isKey ?? false
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
