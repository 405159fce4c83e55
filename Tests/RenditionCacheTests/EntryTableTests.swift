import TestSupport
import Testing

@testable import RenditionCache

@Suite struct EntryTableTests {
    /// Whatever is inserted and removed in whatever order, the table has what a dictionary has.
    @Test(arguments: UInt64(0)..<8)
    func agreesWithADictionary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let table = EntryTable(slotCount: 256)
        var expected: [UInt64: Location] = [:]
        for _ in 0..<5000 {
            // Few hashes, so that chains meet.
            let bits = (random.next() % 64) << 20 | random.next() % 4
            let hash = KeyHash(bits: bits)
            if let known = expected[bits] {
                let found = table.find(hash) { $0 == known }
                guard let (slot, _) = found else {
                    Issue.record("lost an entry")
                    return
                }
                table.remove(slot)
                expected[bits] = nil
            } else if table.hasRoom {
                let offset = Int(random.next() % 1_000_000) * 16
                let location = Location(
                    offset: offset, tag: Int(random.next() % 1023) + 1, hash: hash, hits: 0,
                    isVerified: false)
                table.insert(location, hash: hash)
                expected[bits] = location
            }
            #expect(table.count == expected.count)
        }
        for (bits, location) in expected {
            #expect(table.find(KeyHash(bits: bits)) { $0 == location } != nil)
        }
    }

    @Test func anEmptiedTableHasRoomAgain() {
        let table = EntryTable(slotCount: 64)
        for round in 0..<100 {
            var hashes: [KeyHash] = []
            while table.hasRoom, hashes.count < 40 {
                let hash = KeyHash(bits: UInt64(round * 64 + hashes.count) << 20)
                let location = Location(
                    offset: 16, tag: 1, hash: hash, hits: 0, isVerified: false)
                table.insert(location, hash: hash)
                hashes.append(hash)
            }
            #expect(hashes.count == 40)
            for hash in hashes {
                if let (slot, _) = table.find(hash, where: { _ in true }) { table.remove(slot) }
            }
            #expect(table.count == 0)
        }
    }

    @Test func aMarkDoesNotTouchAnEntryThatTookThePlace() {
        let table = EntryTable(slotCount: 64)
        let hash = KeyHash(bits: 5 << 20)
        func location(_ offset: Int) -> Location {
            Location(offset: offset, tag: 1, hash: hash, hits: 0, isVerified: false)
        }
        table.insert(location(16), hash: hash)
        table.remove(5)
        table.insert(location(32), hash: hash)
        table.mark(5, location(16), location(16).verified)
        #expect(table.load(5) == location(32))
    }
}
