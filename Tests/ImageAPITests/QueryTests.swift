@testable import ImageAPI
import ImageIndex
import Testing
import Text

@Suite struct QueryTests {
    @Test func aQueryIsDecodedAndItsFaultsAreFound() throws {
        let items = try #require(QueryItems(target: "/images?name=a%20b+c&tag=%C3%A9&&empty="))
        #expect(items["name"] == "a b c")
        #expect(items["tag"] == "é")
        #expect(items["empty"] == "")
        #expect(items["owner"] == nil)
        #expect(items.unknownName(besides: ["name", "tag"]) == "empty")
        #expect(items.repeatedName == nil)
        #expect(QueryItems(target: "/images?a=1&a=2")?.repeatedName == "a")
        #expect(QueryItems(target: "/images")?.items.isEmpty == true)
    }

    @Test(arguments: ["/images?a=%", "/images?a=%G0", "/images?a=%FF"])
    func brokenEscapesAreNoQuery(target: String) {
        #expect(QueryItems(target: target) == nil)
    }

    private static func listing(_ query: String) throws -> ImageListing {
        try ImageListing(try #require(QueryItems(target: "/images?\(query)")))
    }

    @Test(arguments: [
        "limit=0", "limit=501", "limit=a", "cursor=x", "type=", "status=gone",
        "since=yesterday", "until=2026-13-01T00:00:00Z",
    ])
    func aListingRefusesWhatItCanNotMean(query: String) {
        #expect(throws: ImageListing.Invalid.self) { try Self.listing(query) }
    }

    @Test func aListingTakesItsParameters() throws {
        let listing = try Self.listing(
            "limit=7&owner=o&tag=t&name=n&type=image/png&status=failed&since=1970-01-01T00:00:01Z")
        #expect(listing.limit == 7)
        let query = listing.query
        #expect(query.owner == "o" && query.tag == "t" && query.name == "n")
        #expect(query.type == MediaType("image/png"))
        #expect(query.status == .failed && query.since == 1_000_000 && query.until == nil)
        #expect(try Self.listing("").limit == 50)
    }
}
