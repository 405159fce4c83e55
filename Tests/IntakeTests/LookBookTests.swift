import Hints
import Rendition
import TestSupport
import Testing
import Text

@testable import Intake

@Suite struct LookBookTests {
    private let scratch: Scratch
    private let book: LookBook

    init() throws {
        scratch = try Scratch()
        book = try LookBook(directory: scratch.path, capacity: 3)
    }

    private static func object(_ key: UTF8String) -> ObjectHint {
        ObjectHint(bucket: "raw", key: key)
    }

    private func looks(by now: Int64 = .max) throws -> [Look] {
        try book.due(by: now, limit: 100, besides: []).looks
    }

    private static func image(_ byte: UInt8, _ owner: UTF8String? = nil) throws -> TakenImage {
        let bytes = [UInt8](repeating: byte, count: 32)
        let hash = ContentHash(raw: bytes.span)
        return TakenImage(try #require(hash), owner)
    }

    private func settle(
        _ key: UTF8String, _ image: TakenImage?, deletes: Bool = true
    ) async throws {
        _ = try await book.add([Self.object(key)], at: 1)
        let look = try #require(try looks().first { $0.object.key == key })
        let finding = image.map { LookBook.Finding.now(TakenObject("\"e\"", 1, $0)) } ?? .absent
        try await book.settle(look, finding, deletes: deletes)
    }

    @Test func doublesWaitOnceAndTheBoundHolds() async throws {
        #expect(try await book.add([Self.object("a"), Self.object("b")], at: 5))
        #expect(try await book.add([Self.object("a")], at: 9))
        #expect(try looks().map(\.object.key) == ["b", "a"])
        #expect(try await !book.add([Self.object("c"), Self.object("d")], at: 10))
        #expect(try await book.add([Self.object("c")], at: 11))
        // What waits may be hinted at again when there is no room for more.
        #expect(try await book.add([Self.object("a")], at: 12))
        #expect(try await !book.add([Self.object("d")], at: 13))
        #expect(try book.waitingCount() == 3)
    }

    @Test func aHintWhileSomebodyLooksIsAnotherLook() async throws {
        _ = try await book.add([Self.object("a")], at: 5)
        let first = try #require(try looks().first)
        _ = try await book.add([Self.object("a")], at: 5)
        try await book.settle(first, .same, deletes: false)
        let second = try #require(try looks().first)
        // Nor does a failure put it off.
        try await book.postpone(first, to: 100)
        #expect(try looks().map(\.due) == [second.due])
        try await book.settle(second, .same, deletes: false)
        #expect(try looks().isEmpty)
    }

    @Test func whatFailedWaitsAndCounts() async throws {
        _ = try await book.add([Self.object("a")], at: 5)
        try await book.postpone(try #require(try looks().first), to: 100)
        #expect(try looks(by: 99).isEmpty)
        #expect(try book.due(by: 99, limit: 9, besides: []).next == 100)
        #expect(try looks(by: 100).map(\.attempts) == [1])
    }

    @Test func anImageDepartsWithItsLastObject() async throws {
        let image = try Self.image(7)
        try await settle("a", image)
        try await settle("b", image)
        try await settle("a", nil)
        #expect(try book.departing(limit: 9).isEmpty)
        // Another owner's entry of the same bytes is another one.
        try await settle("c", try Self.image(7, "ann"))
        try await settle("b", try Self.image(8))
        #expect(try book.departing(limit: 9) == [image])
        #expect(try !book.isHeld(image) && book.isHeld(try Self.image(7, "ann")))
        try await book.departed(image)
        #expect(try book.departing(limit: 9).isEmpty)
    }

    @Test func nothingDepartsWhereNothingIsDeleted() async throws {
        try await settle("a", try Self.image(7), deletes: false)
        try await settle("a", nil, deletes: false)
        #expect(try book.departing(limit: 9).isEmpty)
        #expect(try book.taken(ObjectPlace(Self.object("a"))) == nil)
    }

    @Test func recordsReadBackAsTheyWere() async throws {
        for image in [nil, try Self.image(1), try Self.image(2, "ann"), try Self.image(2, "")] {
            let object = TakenObject("\"e-1\"", 77, image)
            #expect(TakenObject(value: object.value) == object)
        }
        #expect(TakenObject(value: []) == nil && TakenObject(value: [2, 0, 0]) == nil)
        #expect(Look(due: 1, value: [1, 0, 255, 255, 1]) == nil)
    }
}
