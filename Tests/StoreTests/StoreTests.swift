import Foundation
import TestSupport
import Testing

@testable import Store

@Suite struct StoreTests {
    let directory: Scratch

    init() throws { directory = try Scratch() }

    private func open(mapByteCount: Int = 16 << 20) throws(StoreError) -> Store {
        try Store(
            directory: directory.path, databases: ["a", "b"],
            options: .init(durability: .processOnly, mapByteCount: mapByteCount))
    }

    private func value(_ store: Store, _ key: String, in name: String = "a") throws -> [UInt8]? {
        try store.read { snapshot throws(StoreError) in
            let key = Array(key.utf8)
            return try snapshot.copy(for: key.span, in: store.database(name))
        }
    }

    @Test func whatWasPutIsReadBackAfterReopening() throws {
        do {
            let store = try open()
            try store.write { transaction throws(StoreError) in
                try transaction.put([1, 2, 3], for: Array("k".utf8), in: store.database("a"))
            }
            #expect(try value(store, "k") == [1, 2, 3])
            #expect(try value(store, "k", in: "b") == nil)
        }
        #expect(try value(open(), "k") == [1, 2, 3])
    }

    @Test func aThrowingWriteLeavesNothing() throws {
        let store = try open()
        #expect(throws: StoreError.busy) {
            try store.write { transaction throws(StoreError) in
                try transaction.put([1], for: Array("k".utf8), in: store.database("a"))
                throw StoreError.busy
            }
        }
        #expect(try value(store, "k") == nil)
    }

    @Test func aReservedValueIsWrittenInPlace() throws {
        let store = try open()
        try store.write { transaction throws(StoreError) in
            try transaction.put(
                byteCount: 10_000, for: Array("k".utf8).span, in: store.database("a")
            ) { bytes throws(StoreError) in
                for offset in 0..<bytes.byteCount {
                    let byte = UInt8(offset % 251)
                    bytes.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
                }
            }
        }
        #expect(try value(store, "k") == (0..<10_000).map { UInt8($0 % 251) })
    }

    @Test func deletingSaysWhetherThereWasSomething() throws {
        let store = try open()
        try store.write { transaction throws(StoreError) in
            let key = Array("k".utf8)
            try transaction.put([1], for: key, in: store.database("a"))
            let first = try transaction.delete(key.span, in: store.database("a"))
            let second = try transaction.delete(key.span, in: store.database("a"))
            #expect(first && !second)
        }
        #expect(try value(store, "k") == nil)
    }

    @Test(arguments: [
        (ScanStart.first, "bdf"), (.last, "fdb"), (.atOrAfter(Array("d".utf8)), "df"),
        (.after(Array("d".utf8)), "f"), (.after(Array("c".utf8)), "df"),
        (.atOrBefore(Array("d".utf8)), "db"), (.before(Array("d".utf8)), "b"),
        (.before(Array("z".utf8)), "fdb"), (.atOrBefore(Array("a".utf8)), ""),
        (.atOrAfter([]), "bdf"), (.after(Array("f".utf8)), ""),
    ])
    func scansGoEitherWayFromABound(start: ScanStart, expected: String) throws {
        let store = try open()
        try store.write { transaction throws(StoreError) in
            for key in ["f", "b", "d"] {
                try transaction.put([0], for: Array(key.utf8), in: store.database("a"))
            }
        }
        var seen: [UInt8] = []
        try store.read { snapshot throws(StoreError) in
            try snapshot.scan(store.database("a"), from: start) { key, _ in
                seen.append(key[0])
                return .next
            }
        }
        #expect(String(decoding: seen, as: UTF8.self) == expected)
    }

    @Test func aScanStopsWhenTold() throws {
        let store = try open()
        try store.write { transaction throws(StoreError) in
            for key in UInt8(0)..<100 {
                try transaction.put([0], for: [key], in: store.database("a"))
            }
        }
        var seen = 0
        try store.read { snapshot throws(StoreError) in
            try snapshot.scan(store.database("a"), from: .first) { _, _ in
                seen += 1
                return seen == 7 ? .stop : .next
            }
        }
        #expect(seen == 7)
    }

    @Test func aReaderSeesEachCommitAndPinsNothingBetween() throws {
        let store = try open()
        var reader = try Reader(store)
        for round in UInt8(0)..<20 {
            try store.write { transaction throws(StoreError) in
                // Without pages coming free in between, 20 megabytes would not fit in the map.
                try transaction.put(
                    [UInt8](repeating: round, count: 1 << 20), for: [1], in: store.database("a"))
            }
            let first = try reader.read { snapshot throws(StoreError) in
                try snapshot.copy(for: [1].span, in: store.database("a"))
            }
            #expect(first?.first == round)
        }
    }

    @Test func aFullMapIsSaidAndTheStoreGoesOn() throws {
        let store = try open(mapByteCount: 1 << 20)
        #expect(throws: StoreError.mapFull) {
            try store.write { transaction throws(StoreError) in
                try transaction.put(
                    [UInt8](repeating: 1, count: 2 << 20), for: [1], in: store.database("a"))
            }
        }
        try store.write { transaction throws(StoreError) in
            try transaction.put([1], for: [2], in: store.database("a"))
        }
    }

    @Test func aMissingDirectoryAndAForeignFileAreErrorsByKind() throws {
        #expect(throws: StoreError.missing) {
            _ = try Store(directory: directory.path + "/none", databases: ["a"])
        }
        let file = directory.path + "/data.mdb"
        try Data(repeating: 7, count: 100_000).write(to: URL(filePath: file))
        let error = #expect(throws: StoreError.self) { _ = try open() }
        guard case .damaged = error else {
            Issue.record("a foreign file was \(String(describing: error))")
            return
        }
    }
}
