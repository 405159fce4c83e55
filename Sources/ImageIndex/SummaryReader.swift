package import Rendition
internal import Store

/// Summaries for one thread at a time, an event loop: a lookup takes no lock and allocates nothing.
package struct SummaryReader: ~Copyable {
    private var reader: Reader
    private let summaries: Database

    init(store: Store, summaries: Database) throws(StoreError) {
        reader = try Reader(store)
        self.summaries = summaries
    }

    /// `nil` for a hash that was never entered.
    package mutating func summary(
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
}
