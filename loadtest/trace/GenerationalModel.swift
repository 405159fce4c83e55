import RenditionCache

/// Pollex's cache without its bytes: the same geometry, the same policy, the same steps.
struct GenerationalModel: ReplacementModel {
    static let name = "Pollex"

    private struct Generation {
        let row: Row
        var entries: [(key: Int32, bytes: Int32)] = []
        var used = CacheGeometry.generationOverhead
    }

    private struct Eviction {
        let victim: Int
        var next = 0
        var seen = 0
        var carried = 0
        var inserted = 0
    }

    private let geometry: CacheGeometry
    private let policy = EvictionPolicy()
    private var generations: [Int: Generation] = [:]
    private var sealed: [[Int]] = [[], []]
    private var open: [Int?] = [nil, nil]
    private var nextGeneration = 1
    private var place: [Int32]
    private var hits: [UInt8]
    private var ghosts = GhostList()
    private var count = 0
    private var eviction: Eviction?

    init(capacityBytes: Int, keyCount: Int) {
        geometry = CacheGeometry(budgetByteCount: capacityBytes)
        place = Array(repeating: 0, count: keyCount)
        hits = Array(repeating: 0, count: keyCount)
    }

    mutating func request(_ key: Int, bytes: Int) -> Bool {
        if place[key] != 0 {
            hits[key] = min(hits[key] + 1, 3)
            return true
        }
        let bytes = CacheGeometry.storedByteCount(head: 0, body: bytes)
        let ghost = UInt32(truncatingIfNeeded: key)
        guard bytes <= geometry.generationByteCount - CacheGeometry.generationOverhead
        else { return false }
        let hasGhost = ghosts.contains(ghost)
        if hasGhost { ghosts.remove(ghost) }
        let row = policy.row(forGhost: hasGhost)
        guard let target = room(bytes, row, isCarrying: false) else { return false }
        put(key, bytes, in: target, hits: 0)
        count += 1
        eviction?.inserted += bytes
        evictInStep()
        return false
    }

    private mutating func put(_ key: Int, _ bytes: Int, in target: Int, hits newHits: Int) {
        generations[target]?.entries.append((Int32(key), Int32(bytes)))
        generations[target]?.used += bytes
        place[key] = Int32(target)
        hits[key] = UInt8(newHits)
    }

    private mutating func room(_ bytes: Int, _ row: Row, isCarrying: Bool) -> Int? {
        let index = Int(row.rawValue)
        while true {
            if let current = open[index] {
                if generations[current, default: Generation(row: row)].used + bytes
                    <= geometry.generationByteCount
                {
                    return current
                }
                sealed[index].append(current)
                open[index] = nil
            }
            if !isCarrying {
                while !hasRoom(2), evictOldest() {}
                if open[index] != nil { continue }
            }
            guard hasRoom(1) else { return nil }
            generations[nextGeneration] = Generation(row: row)
            open[index] = nextGeneration
            nextGeneration += 1
        }
    }

    private func hasRoom(_ more: Int) -> Bool {
        (generations.count + more) * geometry.generationByteCount <= geometry.usableByteCount
    }

    private mutating func evictInStep() {
        if eviction == nil {
            if hasRoom(2) || !beginEviction() { return }
        }
        guard let current = eviction else { return }
        let share = Double(current.inserted) * 2 / Double(geometry.generationByteCount)
        let entryCount = generations[current.victim]?.entries.count ?? 0
        evict(upTo: Int(share * Double(entryCount)) + 1)
    }

    private mutating func evictOldest() -> Bool {
        if eviction == nil, !beginEviction() { return false }
        evict(upTo: .max)
        return true
    }

    private mutating func beginEviction() -> Bool {
        var row = Int(
            policy.rowToEvict(
                probationCount: sealed[0].count + (open[0] == nil ? 0 : 1),
                mainCount: sealed[1].count
            ).rawValue)
        if sealed[row].isEmpty { row = 1 - row }
        if sealed[row].isEmpty, let current = open[row] {
            sealed[row].append(current)
            open[row] = nil
        }
        guard let victim = sealed[row].first else { return false }
        eviction = Eviction(victim: victim)
        return true
    }

    private mutating func evict(upTo goal: Int) {
        guard var current = eviction, let victim = generations[current.victim] else { return }
        while current.next < min(goal, victim.entries.count) {
            let (key, bytes) = victim.entries[current.next]
            current.next += 1
            if Int(place[Int(key)]) == current.victim {
                decide(Int(key), Int(bytes), victim.row, &current)
            }
        }
        eviction = current
        if current.next == victim.entries.count {
            eviction = nil
            sealed[Int(victim.row.rawValue)].removeAll { $0 == current.victim }
            generations[current.victim] = nil
        }
    }

    private mutating func decide(_ key: Int, _ bytes: Int, _ row: Row, _ current: inout Eviction) {
        current.seen += bytes
        let verdict = policy.verdict(
            from: row, hits: Int(hits[key]), byteCount: bytes, seen: current.seen,
            carried: current.carried)
        switch verdict {
        case .carry(let newHits):
            guard let target = room(bytes, .main, isCarrying: true) else { break }
            put(key, bytes, in: target, hits: newHits)
            current.carried += bytes
            return
        case .drop(let leavesGhost):
            if leavesGhost {
                ghosts.insert(UInt32(truncatingIfNeeded: key), limit: max(count, 1024))
            }
        }
        place[key] = 0
        count -= 1
    }
}
