import Rendition
import Testing

@testable import ObjectStore

@Suite struct ListedPageTests {
    private static let first = String(repeating: "ab", count: 32)

    private static func page(_ rest: String, prefix: String = "") -> ListedPage? {
        KeyPage(Array("<?xml version='1.0'?><ListBucketResult>\(rest)".utf8))
            .flatMap { ListedPage($0, prefix: prefix) }
    }

    private static func contents(_ key: String) -> String {
        "<Contents><Key>\(key)</Key><LastModified>2026-11-29T12:00:00.500Z</LastModified>"
            + "<ETag>&quot;x&quot;</ETag><Size>12</Size></Contents>"
    }

    @Test func readsWhatIsNamedByAHashAndPassesOverTheRest() throws {
        let page = try #require(
            Self.page(
                "<IsTruncated>true</IsTruncated>" + Self.contents("a/\(Self.first)")
                    + Self.contents("a/b&amp;c") + "</ListBucketResult>", prefix: "a/"))
        let hash = try #require(ContentHash(hex: Self.first))
        #expect(
            page.objects
                == [ListedObject(hash: hash, byteCount: 12, modifiedSeconds: 1_795_953_600)])
        #expect(page.last == "b&c")
    }

    @Test func theLastPageHasNoNext() throws {
        let page = try #require(
            Self.page("<IsTruncated>false</IsTruncated>" + Self.contents(Self.first)))
        #expect(page.objects.count == 1 && page.last == nil)
    }

    /// Else a listing that is cut short would be taken for the whole, or read for ever.
    @Test(arguments: [
        "", "<Error><Code>NoSuchBucket</Code></Error>", "<IsTruncated>true</IsTruncated>",
        "<IsTruncated>true</IsTruncated><Contents><Size>1</Size></Contents>",
    ])
    func takesNothingElse(document: String) { #expect(Self.page(document) == nil) }
}
