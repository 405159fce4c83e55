import TestSupport
import Testing

@testable import HTTP

@Suite struct RangeRequestTests {
    private static func resolve(_ value: String, byteCount: Int = 1000) -> RangeRequest {
        RangeRequest.parse(Array(value.utf8).span, byteCount: byteCount)
    }

    private func resolve(_ fields: [String], method: String = "GET") throws -> RangeRequest {
        let parsed = try #require(ParsedHead(method: method, fields: fields))
        let etag = PreconditionsTests.etag
        return RangeRequest.resolve(
            parsed.head, in: parsed.bytes.span, etag: etag.span,
            lastModified: PreconditionsTests.lastModified, byteCount: 1000)
    }

    @Test(arguments: [
        ("0-0", 0..<1), ("0-499", 0..<500), ("500-", 500..<1000), ("-1", 999..<1000),
        ("0-", 0..<1000),
        ("-1000", 0..<1000), ("-1001", 0..<1000), ("999-", 999..<1000), ("999-999", 999..<1000),
        ("0-999", 0..<1000), ("0-1000", 0..<1000), ("10-18446744073709551615", 10..<1000),
        ("10-99999999999999999999999999", 10..<1000), ("-99999999999999999999999999", 0..<1000),
        ("0000-0009", 0..<10), (",0-9,,", 0..<10), ("0-9,", 0..<10), ("0-4,5-9", 0..<10),
        ("0-9,2000-", 0..<10), ("2000-, -5", 995..<1000), ("0-9,-0", 0..<10), ("5-9,0-6", 0..<10),
        ("0-1,4-5,2-3", 0..<6),
    ])
    func findsOneRange(set: String, expected: Range<Int>) {
        #expect(Self.resolve("bytes=\(set)") == .single(expected))
        #expect(Self.resolve("BYTES=\(set)") == .single(expected))
    }

    @Test(arguments: [
        ("0-0,-2", [0..<1, 998..<1000]), ("0-9, -10, 20-29", [0..<10, 990..<1000, 20..<30]),
        ("-1,20-100,0-1,101-120", [999..<1000, 20..<121, 0..<2]),
        ("0-4,90-99,5-75,100-199,101-102", [0..<76, 90..<200]),
        ("500-600,0-9\t, 550-700", [500..<701, 0..<10]),
        ("20-29,0-9,40-49,8-22", [0..<30, 40..<50]),
        ("0-9,5000-6000,20-29", [0..<10, 20..<30]),
    ])
    func joinsRangesThatTouchAndKeepsTheOrder(set: String, expected: [Range<Int>]) {
        #expect(Self.resolve("bytes=\(set)") == .multiple(expected))
    }

    @Test(arguments: [
        "1000-", "1000-1001", "5000-", "-0", "-0,-0", "1000-,2000-", "18446744073709551615-",
        "99999999999999999999999-", "99999999999999999999999-999999999999999999999999",
    ])
    func knowsWhatCannotBeSatisfied(set: String) {
        #expect(Self.resolve("bytes=\(set)") == .unsatisfiable)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=,", "bytes= , , ", "bytes=-", "bytes= - ", "bytes=x",
        "bytes=10",
        "bytes=alpha", "bytes=1-x", "bytes=x-1", "bytes=--1", "bytes=1--2", "bytes=1-2-3",
        "bytes=-1-2",
        "bytes=2-1", "bytes=0-9,2-1", "bytes=0-9,x", "bytes=10-11 12-", "bytes=1 -2", "bytes=1- 2",
        "bytes=+1-2", "bytes=0x1-2", "bytes=0-9;10-19", "bytes= 0-9", "bytes =0-9", "bytes:0-9",
        "items=0-5",
        "byte=0-9", "bytess=0-9", "0-9", "=0-9", "bytes=\"0-9\"", "bytes=１-2", "malformed",
    ])
    func ignoresWhatIsMalformedOrOfAnotherUnit(value: String) {
        #expect(Self.resolve(value) == .whole)
    }

    @Test func ignoresMoreThanSixteenRanges() {
        let set = (0..<16).map { "\(20 * $0)-\(20 * $0 + 9)" }.joined(separator: ",")
        guard case .multiple(let ranges) = Self.resolve("bytes=\(set)") else {
            Issue.record("16 ranges are allowed")
            return
        }
        #expect(ranges.count == 16)
        #expect(Self.resolve("bytes=\(set),900-") == .whole)
        #expect(Self.resolve("bytes=\(set),5000-") == .whole)
        #expect(
            Self.resolve("bytes=0-,\((0..<1300).map { "5-\($0 + 5)" }.joined(separator: ","))")
                == .whole)
    }

    @Test func servesAnEmptyRepresentationWhole() {
        #expect(Self.resolve("bytes=-5", byteCount: 0) == .whole)
        #expect(Self.resolve("bytes=0-", byteCount: 0) == .unsatisfiable)
        #expect(Self.resolve("bytes=-0", byteCount: 0) == .unsatisfiable)
    }

    @Test(arguments: [Int.max, Int.max - 1])
    func countsToTheLargestSize(byteCount: Int) {
        #expect(
            Self.resolve("bytes=-1", byteCount: byteCount) == .single(byteCount - 1..<byteCount))
        #expect(Self.resolve("bytes=1-", byteCount: byteCount) == .single(1..<byteCount))
        #expect(
            Self.resolve("bytes=0-\(UInt64.max)", byteCount: byteCount) == .single(0..<byteCount))
    }

    @Test func countsOnlyOnceAndOnlyWithGet() throws {
        #expect(try resolve(["Range: bytes=0-9"]) == .single(0..<10))
        #expect(try resolve([]) == .whole)
        #expect(try resolve(["Range: bytes=0-9", "Range: bytes=0-9"]) == .whole)
        #expect(try resolve(["Range: 0", "Range: bytes=0-9"]) == .whole)
        for method in ["HEAD", "POST", "PUT", "OPTIONS"] {
            #expect(try resolve(["Range: bytes=0-9"], method: method) == .whole)
        }
    }

    @Test(arguments: [
        ("\"abc\"", true), (PreconditionsTests.modified, true),
        ("Sunday, 06-Nov-94 08:49:37 GMT", true),
        ("W/\"abc\"", false), ("\"x\"", false), ("abc", false), ("*", false), ("wrong", false),
        ("", false),
        ("\"abc\", \"abc\"", false), (PreconditionsTests.before, false),
        (PreconditionsTests.after, false),
    ])
    func heedsIfRange(value: String, holds: Bool) throws {
        let found = try resolve(["Range: bytes=0-9", "If-Range: \(value)"])
        #expect(found == (holds ? .single(0..<10) : .whole))
        let beyond = try resolve(["Range: bytes=2000-", "If-Range: \(value)"])
        #expect(beyond == (holds ? .unsatisfiable : .whole))
        let twice = ["Range: bytes=0-9", "If-Range: \(value)", "If-Range: \(value)"]
        #expect(try resolve(twice) == .whole)
    }

    @Test func needsValidatorsForIfRange() throws {
        for value in ["\"\"", PreconditionsTests.modified, "\"abc\""] {
            let parsed = try #require(
                ParsedHead(fields: ["Range: bytes=0-9", "If-Range: \(value)"]))
            let found = RangeRequest.resolve(
                parsed.head, in: parsed.bytes.span, etag: [UInt8]().span, lastModified: nil,
                byteCount: 1000)
            #expect(found == .whole)
        }
    }

    /// Against a bitmap of the bytes asked for.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func servesEveryByteAskedForOnce(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let byteCount = Int.random(in: 1...60, using: &random)
            var wanted = Set<Int>()
            let specs = (0..<Int.random(in: 1...16, using: &random)).map { _ in
                let first = Int.random(in: 0...70, using: &random)
                let last = first + Int.random(in: 0...9, using: &random)
                wanted.formUnion((first...last).filter { $0 < byteCount })
                return "\(first)-\(last)"
            }
            let found = Self.resolve("bytes=\(specs.joined(separator: ","))", byteCount: byteCount)
            let ranges: [Range<Int>] =
                switch found {
                case .whole: [0..<byteCount]
                case .single(let range): [range]
                case .multiple(let ranges): ranges
                case .unsatisfiable: []
                }
            #expect(ranges.flatMap { Array($0) }.sorted() == wanted.sorted())
            let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
            #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.upperBound < $1.lowerBound })
        }
    }
}
