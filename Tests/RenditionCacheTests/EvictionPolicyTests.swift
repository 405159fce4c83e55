import Testing

@testable import RenditionCache

@Suite struct EvictionPolicyTests {
    let policy = EvictionPolicy()

    @Test func probationIsLeftByTwoHits() {
        for hits in 0...1 {
            let verdict = policy.verdict(
                from: .probation, hits: hits, byteCount: 10, seen: 10, carried: 0)
            #expect(verdict == .drop(leavesGhost: true))
        }
        let verdict = policy.verdict(
            from: .probation, hits: 2, byteCount: 10, seen: 10, carried: 0)
        #expect(verdict == .carry(hits: 0))
    }

    @Test func theMainRowKeepsWhatWasAskedForAtTheCostOfAHit() {
        let asked = policy.verdict(from: .main, hits: 3, byteCount: 10, seen: 100, carried: 0)
        #expect(asked == .carry(hits: 2))
        let idle = policy.verdict(from: .main, hits: 0, byteCount: 10, seen: 100, carried: 0)
        #expect(idle == .drop(leavesGhost: false))
    }

    @Test func anEvictionAlwaysMakesRoom() {
        var (seen, carried) = (0, 0)
        for _ in 0..<1000 {
            seen += 10
            let verdict = policy.verdict(
                from: .main, hits: 3, byteCount: 10, seen: seen, carried: carried)
            if case .carry = verdict { carried += 10 }
        }
        #expect(carried <= 7500 && carried >= 7400)
    }

    @Test(arguments: [
        (2, 10, Row.main), (3, 10, .probation), (7, 60, .probation), (6, 60, .main),
        (1, 0, .probation),
    ])
    func theRowThatHasMoreThanItsShareGivesUpAGeneration(
        probation: Int, main: Int, expected: Row
    ) {
        #expect(policy.rowToEvict(probationCount: probation, mainCount: main) == expected)
    }

    @Test func whatIsLargeHasToBeAskedForTwice() {
        let generation = 16 << 20
        #expect(policy.admits(byteCount: 2 << 20, hasGhost: false, generationByteCount: generation))
        #expect(
            !policy.admits(byteCount: 3 << 20, hasGhost: false, generationByteCount: generation))
        #expect(policy.admits(byteCount: 3 << 20, hasGhost: true, generationByteCount: generation))
        #expect(policy.row(forGhost: true) == .main && policy.row(forGhost: false) == .probation)
    }

    @Test func ghostsAreForgottenOldestFirst() {
        var ghosts = GhostList()
        for ghost in UInt32(0)..<100 { ghosts.insert(ghost, limit: 100) }
        #expect(ghosts.contains(99) && ghosts.contains(50))
        for ghost in UInt32(100)..<140 { ghosts.insert(ghost, limit: 100) }
        #expect(!ghosts.contains(10) && ghosts.contains(99) && ghosts.contains(139))
        ghosts.remove(139)
        ghosts.remove(99)
        #expect(!ghosts.contains(139) && !ghosts.contains(99))
    }
}
