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
        book = try LookBook(directory: scratch.path, buckets: ["raw", "other"], capacity: 3)
    }

    private static func object(_ key: UTF8String) -> ObjectHint {
        ObjectHint(bucket: "raw", key: key)
    }

    private func looks(by now: Int64 = .max) throws -> [Look] {
        try book.due(in: "raw", by: now, limit: 100, besides: []).looks
    }

    private static func image(_ byte: UInt8, _ owner: UTF8String? = nil) throws -> TakenImage {
        let bytes = [UInt8](repeating: byte, count: 32)
        let hash = ContentHash(raw: bytes.span)
        return TakenImage(try #require(hash), owner)
    }

    private func settle(
        _ key: UTF8String, _ image: TakenImage?, deletes: Bool = true, at time: Int64 = 1
    ) async throws {
        _ = try await book.add([Self.object(key)], at: time)
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
        #expect(try book.due(in: "raw", by: 99, limit: 9, besides: []).next == 100)
        #expect(try looks(by: 100).map(\.attempts) == [1])
    }

    private var departing: [Departure] {
        get throws { try book.departing(limit: 9).map(\.departure) }
    }

    @Test func anImageDepartsFromEachObject() async throws {
        let image = try Self.image(7)
        try await settle("a", image)
        try await settle("b", image)
        try await settle("a", nil)
        #expect(try departing.map(\.name) == ["a"] && book.isHeld(image))
        #expect(try book.isHeld(image, at: ObjectPlace(Self.object("b"))))
        #expect(try !book.isHeld(image, at: ObjectPlace(Self.object("a"))))
        // Another owner's entry of the same bytes is another one.
        try await settle("c", try Self.image(7, "ann"))
        try await settle("b", try Self.image(8))
        #expect(try Set(departing.map(\.name)) == ["a", "b"])
        #expect(try departing.allSatisfy { $0.image == image })
        #expect(try !book.isHeld(image) && book.isHeld(try Self.image(7, "ann")))
        for (key, departure) in try book.departing(limit: 9) {
            try await book.departed(key, departure)
        }
        #expect(try departing.isEmpty)
    }

    /// While somebody sees to the first departure the object has it again, and has it no more.
    @Test func whatDepartsAgainIsSeenToAgain() async throws {
        let image = try Self.image(7)
        try await settle("a", image)
        try await settle("a", nil)
        let (key, departure) = try #require(try book.departing(limit: 9).first)
        try await settle("a", image, at: 2)
        try await settle("a", nil, at: 3)
        try await book.departed(key, departure)
        let (_, second) = try #require(try book.departing(limit: 9).first)
        try await book.departed(key, second)
        #expect(try departing.isEmpty)
    }

    @Test func eachBucketHasALineOfItsOwn() async throws {
        let other = ObjectHint(bucket: "other", key: "x")
        _ = try await book.add([Self.object("a"), Self.object("b"), other], at: 5)
        let found = try book.due(in: "other", by: 9, limit: 9, besides: [])
        #expect(found.looks.map(\.object) == [other] && found.next == nil)
        #expect(try looks().map(\.object.key).sorted() == ["a", "b"])
    }

    @Test func whatIsWatchedNoMoreIsNotWaitedFor() async throws {
        _ = try await book.add(
            [Self.object("a"), ObjectHint(bucket: "other", key: "x")], at: 5)
        book.close()
        let again = try LookBook(directory: scratch.path, buckets: ["raw"], capacity: 3)
        #expect(try again.waitingCount() == 1)
        #expect(try again.due(in: "raw", by: 9, limit: 9, besides: []).looks.count == 1)
    }

    @Test func nothingDepartsWhereNothingIsDeleted() async throws {
        try await settle("a", try Self.image(7), deletes: false)
        try await settle("a", nil, deletes: false)
        #expect(try book.departing(limit: 9).isEmpty)
        #expect(try book.taken(ObjectPlace(Self.object("a"))) == nil)
    }

    @Test func recordsReadBackAsTheyWere() async throws {
        for image in [nil, try Self.image(1), try Self.image(2, "ann"), try Self.image(2, "")] {
            let object = TakenObject("\"e-1\"", lastModified: "Mon", 77, image)
            #expect(TakenObject(value: object.value) == object)
        }
        // Of before times were kept.
        let first = [1] + Record.bytes(of: 77) + Record.text("e")
        #expect(TakenObject(value: first) == TakenObject("e", 77, nil))
        #expect(TakenObject(value: []) == nil && TakenObject(value: [2, 0, 0]) == nil)
        #expect(Look(due: 1, value: [1, 0, 255, 255, 1]) == nil)
    }
}
