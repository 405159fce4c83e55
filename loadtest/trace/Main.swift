import RenditionCache

@main struct TraceBench {
    static func main() {
        for exponent in [0.9, 1.0, 1.2] {
            let trace = Zipf(
                exponent: exponent, objects: 1_000_000, requests: 10_000_000, bytes: 2048...204_800,
                seed: 1)
            let footprint = trace.sizes.reduce(0) { $0 + Int($1) }
            for share in [0.001, 0.01, 0.1] {
                let capacity = Int(Double(footprint) * share)
                var line = "\(trace.name) \(share) \(capacity >> 20)MB"
                func run<M: ReplacementModel>(_ type: M.Type) -> M {
                    var m = M(capacityBytes: capacity, keyCount: trace.sizes.count)
                    var misses = 0
                    for key in trace.keys {
                        if !m.request(Int(key), bytes: Int(trace.sizes[Int(key)])) { misses += 1 }
                    }
                    line +=
                        " \(M.name) \((Double(misses) / Double(trace.keys.count) * 10000).rounded() / 10000)"
                    return m
                }
                _ = run(FIFO.self); _ = run(LRU.self); _ = run(SIEVE.self); _ = run(S3FIFO.self)
                func runp(_ name: String, _ p: EvictionPolicy) {
                    var m = GenerationalModel(capacityBytes: capacity, keyCount: trace.sizes.count)
                    m.policy = p
                    var misses = 0
                    for key in trace.keys {
                        if !m.request(Int(key), bytes: Int(trace.sizes[Int(key)])) { misses += 1 }
                    }
                    line +=
                        " | \(name) \((Double(misses) / Double(trace.keys.count) * 10000).rounded() / 10000) c\(m.carriedBytes >> 30)G"
                }
                var p = EvictionPolicy()
                runp("P1", p)
                p.promotionHits = 2
                runp("P2", p)
                print(line)
            }
        }
    }
}
