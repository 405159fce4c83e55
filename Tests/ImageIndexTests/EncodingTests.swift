import Rendition
import TestSupport
import Testing
import Text

@testable import ImageIndex

@Suite struct EncodingTests {
    @Test(arguments: [
        ImageDocument.sample(1), .full(2), .sample(3, uploadedAt: 0), .sample(4, uploadedAt: -1),
        .sample(5, uploadedAt: PictureBounds.uploadMicroseconds.lowerBound),
        .sample(6, uploadedAt: PictureBounds.uploadMicroseconds.upperBound),
    ])
    func documentsSurviveStorage(document: ImageDocument) throws {
        #expect(try ImageDocument(hash: document.hash, encoded: document.encoded) == document)
    }

    @Test func aPlainDocumentIsSmall() {
        #expect(ImageDocument.sample(1).encoded.count == 37)
    }

    @Test func fieldsOfALaterVersionAreSteppedOver() throws {
        let later = ImageDocument.full(1).encoded + [200, 3, 1, 2, 3, 201, 0]
        #expect(try ImageDocument(hash: .sample(1), encoded: later) == .full(1))
    }

    @Test(arguments: [[232, 3, 233, 3], [233, 3, 0, 0], [0, 0, 0, 0, 1]])
    func aFocalPointBeyondThePictureIsDamage(place: [UInt8]) {
        let record = ImageDocument.sample(1).encoded + [22, UInt8(place.count)] + place
        #expect(throws: FieldReader.Damage.self) {
            try ImageDocument(hash: .sample(1), encoded: record)
        }
    }

    @Test func everyCutIsDamage() throws {
        let document = ImageDocument.sample(1)
        for count in 0..<document.encoded.count {
            let cut = Array(document.encoded.prefix(count))
            #expect(throws: FieldReader.Damage.self) {
                try ImageDocument(hash: document.hash, encoded: cut)
            }
        }
    }

    @Test(arguments: UInt64(0)..<200)
    func damagedRecordsNeverTrap(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = ImageDocument.full(1).encoded
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        _ = try? ImageDocument(hash: .sample(1), encoded: bytes)
        _ = try? Verdict.decode(bytes, pipeline: PipelineVersion(value: 1))
        let summary = ImageSummary(of: .full(1), state: .present).encoded
        var damaged = summary
        damaged[Int.random(in: 0..<48, using: &random)] = UInt8.random(in: 0...255, using: &random)
        _ = decode(damaged)
        #expect(decode(summary) != nil)
        #expect(decode(Array(summary.dropLast())) == nil)
    }

    /// What an index may hold that was damaged, or written by who believed everything.
    static let impossible: [@Sendable (inout ImageDocument) -> Void] = [
        { $0.width = 1 << 40 }, { $0.height = .max }, { $0.width = 0 }, { $0.frames = 0 },
        { $0.frames = .max }, { ($0.width, $0.height, $0.frames) = (65536, 65536, 2) },
        { $0.orientation = 9 }, { $0.byteCount = 0 }, { $0.byteCount = .max },
        { $0.uploadedAt = .max }, { $0.uploadedAt = .min + 1 }, { $0.capturedAt = .max },
        { $0.capturedAt = -1 << 40 }, { $0.dominantColor = .max },
        { $0.thumbhash = Array(repeating: 0, count: 100_000) },
        { $0.tags = [UTF8String(String(repeating: "t", count: 70_000))] },
        { $0.owner = UTF8String(String(repeating: "o", count: 70_000)) },
        { $0.colorSpace = String(repeating: "c", count: 100) },
    ]

    @Test(arguments: impossible.indices)
    func anImpossibleDocumentIsDamage(index: Int) {
        var document = ImageDocument.full(1)
        Self.impossible[index](&document)
        #expect(throws: FieldReader.Damage.self) {
            try ImageDocument(hash: document.hash, encoded: document.encoded)
        }
    }

    /// What a number is told as is at most an eighth below it, in order.
    @Test func aBriefNumberIsNearlyTheNumber() {
        #expect(BriefNumber(0).value == 0 && BriefNumber(code: 0).value == 0)
        var number: UInt32 = 1
        var last: UInt64 = 0
        while number < .max / 3 {
            let value = BriefNumber(number).value
            #expect(value <= number && value * 9 >= UInt64(number) * 8 && value >= last)
            #expect(BriefNumber(code: BriefNumber(number).code).value == value)
            (last, number) = (value, number + number / 5 + 1)
        }
        for code in UInt8.min...UInt8.max { #expect(BriefNumber(code: code).value >= 0) }
    }

    @Test func anImpossibleSummaryIsNone() {
        var summary = ImageSummary(of: .full(1), state: .present)
        (summary.width, summary.height) = (.max, .max)
        #expect(decode(summary.encoded) == nil)
        (summary.width, summary.height, summary.frames) = (65536, 65536, 1)
        #expect(decode(summary.encoded) != nil)
        summary.frames = 2
        #expect(decode(summary.encoded) == nil)
        (summary.frames, summary.byteCount) = (1, .max)
        #expect(decode(summary.encoded) == nil)
    }

    private func decode(_ summary: [UInt8]) -> ImageSummary? {
        unsafe ImageSummary(encoded: summary.span.bytes)
    }

    @Test func placesSortOldestFirst() {
        let times: [Int64] = [.min, -1, 0, 1, 1 << 40, .max]
        let keys = times.map { OrderKey(uploadedAt: $0, hash: .sample(1)).bytes }
        for (earlier, later) in zip(keys, keys.dropFirst()) {
            #expect(earlier.lexicographicallyPrecedes(later))
        }
        for (time, key) in zip(times, keys) { #expect(OrderKey(key.span)?.uploadedAt == time) }
    }

    @Test(arguments: UInt64(0)..<100)
    func cursorsSurviveTheirText(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let place = OrderKey(
            uploadedAt: Int64.random(in: .min ... .max, using: &random),
            hash: .sample(Int(seed)))
        let text = ImageCursor(after: place).text
        #expect(text.count == 55)
        #expect(ImageCursor(text) == ImageCursor(after: place))
        // Any other text is another place or none: never the same one twice.
        var digits = Array(text.utf8)
        let index = Int.random(in: 0..<digits.count, using: &random)
        digits[index] = UInt8.random(in: 0...127, using: &random)
        let other = String(decoding: digits, as: UTF8.self)
        if other != text { #expect(ImageCursor(other) != ImageCursor(after: place)) }
    }

    /// One that a listing gave before documents lay in the order of time.
    @Test func anOldCursorIsStillOne() {
        let place = OrderKey(
            uploadedAt: 1_700_000_000_000_000, hash: ContentHash(bytes: .init(repeating: 1)))
        let text = "AX_59dvn4b__AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
        #expect(ImageCursor(text) == ImageCursor(after: place))
        #expect(ImageCursor(after: place).text == text)
    }

    @Test(arguments: [
        "", "A", String(repeating: "A", count: 55), String(repeating: "A", count: 54),
        String(repeating: "=", count: 55), String(repeating: "é", count: 27) + "A",
        "AQ" + String(repeating: "/", count: 53), "AQ" + String(repeating: "A", count: 52) + "B",
        "AQ" + String(repeating: "A", count: 54),
    ])
    func otherTextsAreNoCursors(text: String) {
        #expect(ImageCursor(text) == nil)
    }

    @Test func mediaTypesAreShortVisibleText() {
        #expect(MediaType("image/png")?.description == "image/png")
        #expect(MediaType("image/png")?.byteCount == 9)
        for text in ["", "a\r\n", "image/éa", "12345678901234567", "a\0"] {
            #expect(MediaType(text) == nil)
        }
    }

    @Test func longDetailsAreCutBetweenCharacters() {
        let verdict = Verdict(reason: 1, detail: String(repeating: "é", count: 400))
        #expect(verdict.detail == String(repeating: "é", count: 256))
    }
}
