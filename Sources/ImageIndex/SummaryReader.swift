internal import Rendition
internal import Store

/// Summaries and verdicts out of the map, on a snapshot that is taken without a lock.
final class SummaryReader: ImageSummaries {
    private var reader: Reader
    private let summaries: Database
    private let verdicts: Database

    init(store: Store, tables: Tables) throws(StoreError) {
        reader = try Reader(store)
        (summaries, verdicts) = (tables.summaries, tables.verdicts)
    }

    func summary(
        of hash: ContentHash
    ) throws(ImageIndexError) -> ImageSummary? {
        let key = InlineArray<32, UInt8> { hash.bytes[$0] }
        let table = summaries
        do throws(StoreError) {
            return try reader.read { snapshot throws(StoreError) in
                try snapshot.withValue(for: key.span, in: table) { value throws(StoreError) in
                    guard let value else { return nil }
                    guard let summary = ImageSummary(encoded: value) else { throw .damagedRecord }
                    return summary
                }
            }
        } catch { throw ImageIndexError(error) }
    }

    func verdict(
        on hash: ContentHash, pipeline: PipelineVersion
    ) throws(ImageIndexError) -> Verdict? {
        let key = InlineArray<32, UInt8> { hash.bytes[$0] }
        let table = verdicts
        let record: [UInt8]?
        do throws(StoreError) {
            record = try reader.read { snapshot throws(StoreError) in
                try snapshot.copy(for: key.span, in: table)
            }
        } catch { throw ImageIndexError(error) }
        guard let record else { return nil }
        do { return try Verdict.decode(record, pipeline: pipeline) } catch { throw .damaged }
    }
}
