import Synchronization
import Testing

@testable import Ingest

@Suite struct PlacesTests {
    private final class Counts: Sendable {
        let now = Atomic(0)
        let most = Atomic(0)
        let all = Atomic(0)
    }

    @Test func soManyAreAtItAtOnceAndAllInTheEnd() async {
        let places = Places(3)
        let counts = Counts()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    await places.acquire()
                    let count = counts.now.wrappingAdd(1, ordering: .relaxed).newValue
                    _ = counts.most.max(count, ordering: .relaxed)
                    await Task.yield()
                    counts.now.wrappingSubtract(1, ordering: .relaxed)
                    counts.all.wrappingAdd(1, ordering: .relaxed)
                    places.release()
                }
            }
        }
        #expect(counts.most.load(ordering: .relaxed) <= 3)
        #expect(counts.all.load(ordering: .relaxed) == 200)
    }
}
