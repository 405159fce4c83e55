/// How a byte budget is laid out.
struct CacheGeometry: Sendable {
    static let maximumGenerationCount = 64
    static let minimumGenerationCount = 8
    /// Below it the pages that a file begins with and the ends left unused would weigh.
    private static let leastUsefulGeneration = 1 << 20

    let budgetByteCount: Int
    /// On the disk, of each generation made from now on.
    let generationByteCount: Int
    /// What generations may take together; the rest is for the directory and the file system's own
    /// blocks.
    let usableByteCount: Int

    init(budgetByteCount: Int) {
        self.budgetByteCount = budgetByteCount
        usableByteCount = budgetByteCount - budgetByteCount / 512 - 32 * 1024
        let count = min(
            max(usableByteCount / Self.leastUsefulGeneration, Self.minimumGenerationCount),
            Self.maximumGenerationCount)
        generationByteCount = min(
            usableByteCount / count / 4096 * 4096, Location.maximumOffset / 4096 * 4096)
    }

    /// The least that makes sense: eight generations of 64 KB.
    static let minimumBudgetByteCount = 1 << 20
}
