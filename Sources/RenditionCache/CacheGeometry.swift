/// How a byte budget is laid out.
package struct CacheGeometry: Sendable {
    package static let maximumGenerationCount = 128
    package static let minimumGenerationCount = 8
    /// Below it the pages that a file begins with and the ends left unused would weigh.
    private static let leastUsefulGeneration = 1 << 20

    package let budgetByteCount: Int
    /// On the disk, of each generation made from now on.
    package let generationByteCount: Int
    /// A rendition that needs more than such a generation gets one of its own, up to this.
    package let largestGenerationByteCount: Int
    /// What generations may take together; the rest is for the directory and the file system's own
    /// blocks.
    package let usableByteCount: Int

    package init(budgetByteCount: Int) {
        self.budgetByteCount = budgetByteCount
        usableByteCount = budgetByteCount - budgetByteCount / 512 - 32 * 1024
        let count = min(
            max(usableByteCount / Self.leastUsefulGeneration, Self.minimumGenerationCount),
            Self.maximumGenerationCount)
        generationByteCount = min(
            usableByteCount / count / 4096 * 4096, Location.maximumOffset / 4096 * 4096)
        largestGenerationByteCount = max(generationByteCount, usableByteCount / 16 / 4096 * 4096)
    }

    /// The least that makes sense: eight generations of 64 KB.
    package static let minimumBudgetByteCount = 1 << 20

    /// What a generation has besides records and their index entries.
    package static let generationOverhead = Generation.dataOffset

    /// What a rendition takes of its generation.
    package static func storedByteCount(head: Int, body: Int) -> Int {
        GenerationWriter.padded(Record.headerByteCount + head + body) + IndexEntry.byteCount
    }
}
