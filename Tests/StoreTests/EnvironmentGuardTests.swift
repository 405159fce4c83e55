import Foundation
import Glibc
import TestSupport
import Testing

@testable import Store

/// What has a wrong descriptor writes from a file's start; then nothing is written after it.
@Suite struct EnvironmentGuardTests {
    let directory: Scratch

    init() throws { directory = try Scratch() }

    private func open() throws(StoreError) -> Store {
        try Store(
            directory: directory.path, databases: ["a"], options: .init(mapByteCount: 16 << 20))
    }

    private func put(_ value: UInt8, into store: Store) throws(StoreError) {
        try store.write { transaction throws(StoreError) in
            try transaction.put([value], for: [1], in: store.database("a"))
        }
    }

    private func strike(_ name: String, at offset: Int, _ bytes: [UInt8]) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(directory.path)/\(name)"))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: bytes)
        try file.close()
    }

    private var data: Data? { FileManager.default.contents(atPath: "\(directory.path)/data.mdb") }

    /// An errno, a line of a log, at each word of either page.
    static let strikes: [(name: String, offset: Int, bytes: [UInt8])] =
        [0, 4096].flatMap { page in
            [0, 8, 16, 20, 24, 40, 46, 80, 88, 94, 128, 136].map { offset in
                ("data.mdb", page + offset, [0x18, 0x55, 0xAA, 0x7F])
            }
        } + [
            ("data.mdb", 0, Array("{\"level\":\"info\",\"event\":\"listening\"}\n".utf8)),
            ("data.mdb", 4096, Array(repeating: 0, count: 4096)),
            ("lock.mdb", 0, Array("{\"level\"".utf8)), ("lock.mdb", 4, [0x18, 0, 0, 0]),
        ]

    @Test(arguments: strikes.indices)
    func aDamagedEnvironmentIsNeitherWrittenNorRead(index: Int) throws {
        let (name, offset, bytes) = Self.strikes[index]
        let store = try open()
        for value in 1...3 { try put(UInt8(value), into: store) }
        try strike(name, at: offset, bytes)
        let before = data
        for _ in 0..<2 {
            #expect(throws: StoreError.damagedEnvironment) { try put(4, into: store) }
        }
        #expect(throws: StoreError.damagedEnvironment) { try store.read { _ in } }
        #expect(data == before)
    }

    /// However much of it is cut off: LMDB takes for granted that its pages are there.
    @Test func aShortenedEnvironmentIsNotOpened() throws {
        do {
            let store = try open()
            for round in 0..<40 {
                try store.write { transaction throws(StoreError) in
                    for key in 0..<50 {
                        // Every tenth lies on pages of its own.
                        let count = key % 10 == 0 ? 9000 : 200
                        try transaction.put(
                            [UInt8](repeating: UInt8(round), count: count),
                            for: [UInt8(round), UInt8(key)], in: store.database("a"))
                    }
                }
            }
        }
        let whole = try #require(data)
        let file = URL(fileURLWithPath: "\(directory.path)/data.mdb")
        for pages in [3, 4, 10, whole.count / 8192, whole.count / 4096 - 1] {
            try whole.prefix(pages * 4096).write(to: file)
            // The last pages may be of no tree: then nothing is missed.
            do throws(StoreError) {
                let store = try open()
                try store.read { snapshot throws(StoreError) in
                    try snapshot.scan(store.database("a"), from: .first) { _, _ in .next }
                }
                #expect(pages == whole.count / 4096 - 1)
            } catch { #expect(error == .damagedEnvironment) }
        }
        try whole.write(to: file)
        _ = try open()
    }

    /// Waiting for a lock that is none any more would never end.
    @Test func aDamagedFileOfLocksHoldsNobodyUp() throws {
        let store = try open()
        try put(1, into: store)
        try strike(
            "lock.mdb", at: 0, Array("{\"level\":\"info\",\"event\":\"a-longer-line\"}\n".utf8))
        #expect(throws: StoreError.damagedEnvironment) { try put(2, into: store) }
    }

    /// Between a transaction's begin and its end.
    @Test func whatIsStruckWhileItWritesIsNotCommitted() throws {
        let store = try open()
        try put(1, into: store)
        var before: Data?
        #expect(throws: StoreError.damagedEnvironment) {
            try store.write { transaction throws(StoreError) in
                try transaction.put([2], for: [1], in: store.database("a"))
                _ = try? strike("data.mdb", at: 0, [0x18, 0, 0, 0])
                before = data
            }
        }
        #expect(data == before)
    }

    @Test func anEnvironmentThatWasDamagedBeforeIsNotOpened() throws {
        do { try put(1, into: open()) }
        try strike("data.mdb", at: 4096 + 40, [0x18, 0, 0, 0])
        let before = data
        let error = #expect(throws: StoreError.self) { _ = try open() }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(data == before)
    }

    @Test func aFileCutShortIsDamaged() throws {
        let store = try open()
        for value in 1...3 { try put(UInt8(value), into: store) }
        let byteCount = try #require(data?.count)
        #expect(unsafe truncate("\(directory.path)/data.mdb", off_t(byteCount - 4096)) == 0)
        #expect(throws: StoreError.damagedEnvironment) { try put(4, into: store) }
    }

    @Test func whatItCommitsItselfIsNoDamage() throws {
        let store = try open()
        for value in 1...20 {
            try put(UInt8(value), into: store)
            #expect(
                try store.read { snapshot throws(StoreError) in
                    try snapshot.copy(for: [UInt8]([1]).span, in: store.database("a"))
                } == [UInt8(value)])
        }
        _ = try store.write { transaction throws(StoreError) in
            try transaction.delete([UInt8]([1]).span, in: store.database("a"))
        }
        try put(1, into: store)
    }

    @Test func readingOnlyChangesNothingAndTakesWhatThereIs() throws {
        do { try put(7, into: open()) }
        let before = data
        let store = try Store(
            directory: directory.path, databases: ["a", "none"],
            options: {
                var options = Store.Options(mapByteCount: 16 << 20)
                options.isReadOnly = true
                return options
            }())
        #expect(store.database(ifThere: "none")?.name == nil)
        let table = try #require(store.database(ifThere: "a"))
        let value = try store.read { snapshot throws(StoreError) in
            try snapshot.copy(for: [UInt8]([1]).span, in: table)
        }
        #expect(value == [7] && data == before)
    }
}
