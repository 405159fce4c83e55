import Testing

@testable import HTTP

@Suite struct PreconditionsTests {
    static let etag = Array("\"abc\"".utf8)
    static let modified = "Sun, 06 Nov 1994 08:49:37 GMT"
    static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    static let after = "Sun, 06 Nov 1994 08:49:38 GMT"
    static let lastModified = HTTPDate(secondsSince1970: 784_111_777)

    private func outcome(
        _ fields: [String], method: String = "GET", etag: [UInt8] = etag,
        lastModified: HTTPDate? = lastModified
    ) throws -> Preconditions.Outcome {
        let parsed = try #require(ParsedHead(method: method, fields: fields))
        return Preconditions.evaluate(
            parsed.head, in: parsed.bytes.span, etag: etag.span, lastModified: lastModified)
    }

    @Test(arguments: [
        ("\"abc\"", true), ("W/\"abc\"", true), ("*", true), ("\"x\", \"abc\"", true),
        ("\"x\",\t\"y\" , W/\"abc\" , \"z\"", true), (",, \"abc\",", true),
        ("\"a,b\", \"abc\"", true),
        ("bad, \"abc\"", true), ("\"x\"", false), ("abc", false), ("W/abc", false), ("", false),
        (",", false),
        ("\"ABC\"", false), ("w/\"abc\"", false), ("\"abc", false), ("abc\"", false),
        ("'abc'", false),
        ("\"abc\"x", false), ("W/ \"abc\"", false), ("*, \"x\"", false), ("\"*\"", false),
        ("**", false),
        ("\"x\" \"abc\"", false), ("\"ab\"", false), ("\"abcd\"", false), ("\"x, \"abc\"", true),
    ])
    func comparesIfNoneMatchWeakly(value: String, matches: Bool) throws {
        let field = "If-None-Match: \(value)"
        #expect(try outcome([field]) == (matches ? .notModified : .proceed))
        #expect(try outcome([field], method: "HEAD") == (matches ? .notModified : .proceed))
        #expect(try outcome([field], method: "PUT") == (matches ? .failed : .proceed))
        #expect(try outcome([field], method: "DELETE") == (matches ? .failed : .proceed))
    }

    @Test(arguments: [
        ("\"abc\"", true), ("*", true), ("\"x\", \"abc\"", true), ("W/\"abc\"", false),
        ("\"x\"", false),
        ("abc", false), ("", false), ("W/\"abc\", \"abc\"", true),
    ])
    func comparesIfMatchStrongly(value: String, matches: Bool) throws {
        for method in ["GET", "PUT"] {
            let found = try outcome(["If-Match: \(value)"], method: method)
            #expect(found == (matches ? .proceed : .failed))
        }
    }

    @Test func neverMatchesAWeakTagStrongly() throws {
        let weak = Array("W/\"abc\"".utf8)
        #expect(try outcome(["If-Match: W/\"abc\""], etag: weak) == .failed)
        #expect(try outcome(["If-Match: \"abc\""], etag: weak) == .failed)
        #expect(try outcome(["If-None-Match: \"abc\""], etag: weak) == .notModified)
    }

    @Test func looksThroughRepeatedLines() throws {
        #expect(try outcome(["If-None-Match: \"x\"", "If-None-Match: \"abc\""]) == .notModified)
        #expect(try outcome(["If-Match: \"x\"", "If-Match: \"abc\""]) == .proceed)
        #expect(try outcome(["If-None-Match: *", "If-None-Match: \"x\""]) == .proceed)
    }

    @Test func matchesOnlyTheAsteriskWithoutATag() throws {
        #expect(try outcome(["If-None-Match: \"\""], etag: []) == .proceed)
        #expect(try outcome(["If-None-Match: *"], etag: []) == .notModified)
        #expect(try outcome(["If-Match: \"abc\""], etag: []) == .failed)
    }

    @Test(arguments: [
        ("If-Modified-Since", before, Preconditions.Outcome.proceed),
        ("If-Modified-Since", modified, .notModified), ("If-Modified-Since", after, .notModified),
        ("If-Modified-Since", "Sunday, 06-Nov-94 08:49:37 GMT", .notModified),
        ("If-Modified-Since", "Sun Nov  6 08:49:37 1994", .notModified),
        ("If-Modified-Since", "yesterday", .proceed), ("If-Modified-Since", "", .proceed),
        ("If-Modified-Since", "Thu, 31 Feb 2030 25:61:61 GMT", .proceed),
        ("If-Unmodified-Since", before, .failed), ("If-Unmodified-Since", modified, .proceed),
        ("If-Unmodified-Since", after, .proceed), ("If-Unmodified-Since", "never", .proceed),
        ("If-Unmodified-Since", "\(before), \(before)", .proceed),
    ])
    func comparesDates(name: String, value: String, expected: Preconditions.Outcome) throws {
        #expect(try outcome(["\(name): \(value)"]) == expected)
        #expect(try outcome(["\(name): \(value)", "\(name): \(value)"]) == .proceed)
        #expect(try outcome(["\(name): \(value)"], lastModified: nil) == .proceed)
    }

    @Test func asksIfModifiedSinceOnlyOfReads() throws {
        #expect(
            try outcome(["If-Modified-Since: \(Self.modified)"], method: "HEAD") == .notModified)
        #expect(try outcome(["If-Modified-Since: \(Self.modified)"], method: "POST") == .proceed)
        #expect(try outcome(["If-Unmodified-Since: \(Self.before)"], method: "PUT") == .failed)
    }

    /// RFC 9110 §13.2.2.
    @Test func keepsTheOrderOfPrecedence() throws {
        let hit = "If-None-Match: \"abc\""
        let miss = "If-None-Match: \"x\""
        #expect(try outcome([miss, "If-Modified-Since: \(Self.modified)"]) == .proceed)
        #expect(try outcome([hit, "If-Modified-Since: \(Self.before)"]) == .notModified)
        #expect(try outcome(["If-Match: *", "If-Unmodified-Since: \(Self.before)"]) == .proceed)
        #expect(try outcome(["If-Match: \"x\"", hit]) == .failed)
        #expect(try outcome(["If-Match: \"abc\"", hit]) == .notModified)
        #expect(try outcome(["If-Unmodified-Since: \(Self.before)", hit]) == .failed)
        #expect(try outcome(["If-Unmodified-Since: \(Self.after)", hit]) == .notModified)
        #expect(try outcome([]) == .proceed)
    }

    @Test func letsOnlyIfMatchFailWhereNothingIs() throws {
        for (field, expected) in [
            ("If-Match: *", Preconditions.Outcome.failed), ("If-Match: \"a\"", .failed),
            ("If-None-Match: *", .proceed), ("If-Unmodified-Since: \(Self.before)", .proceed),
        ] {
            let parsed = try #require(ParsedHead(method: "PUT", fields: [field]))
            #expect(Preconditions.evaluateAbsent(parsed.head) == expected)
        }
    }
}
