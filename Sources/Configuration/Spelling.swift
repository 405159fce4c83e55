package enum Spelling {
    /// The word the writer most likely meant. `words` is not empty; the first of equals.
    static func nearest(to typed: String, among words: [String]) -> String {
        let typed = Array(typed.lowercased().utf8)
        let ranked = words.map { (word: $0, cost: distance(typed, Array($0.lowercased().utf8))) }
        return ranked.min { $0.cost < $1.cost }?.word ?? ""
    }

    /// The word that was likely meant; `nil` where none is near: one letter in three is wrong at
    /// most, or what was typed begins exactly one.
    package static func likely(_ typed: String, among words: [String]) -> String? {
        guard !words.isEmpty else { return nil }
        let word = nearest(to: typed, among: words)
        let (typedBytes, bytes) = (Array(typed.lowercased().utf8), Array(word.lowercased().utf8))
        let cost = distance(typedBytes, bytes)
        if cost <= max(1, min(typedBytes.count, bytes.count) / 3) { return word }
        let begun = words.filter { $0.utf8.starts(with: typedBytes) }
        return begun.count == 1 && typedBytes.count > 2 ? begun[0] : nil
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other
    /// (optimal string alignment). O(n·m); both are cut at 128 bytes.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        let (a, b) = (a.prefix(128), b.prefix(128))
        var before: [Int] = []
        var above = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var cost = min(above[j] + (a[i] == b[j] ? 0 : 1), above[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            (before, above) = (above, row)
        }
        return above[b.count]
    }
}
