import Testing

@testable import ObjectStore

@Suite struct BucketTests {
    private static func bucket(
        _ endpoint: String, prefix: String = "", style: Bucket.Style = .path
    ) -> Bucket? {
        Bucket(
            endpoint: endpoint, name: "pictures", prefix: prefix, style: style, accessKey: "me",
            secretKey: "secret")
    }

    private static func url(of order: TransferOrder, in bucket: Bucket?) -> String? {
        bucket?.sign(order, at: 0).url
    }

    @Test(arguments: [
        ("https://s3.example.org", "", Bucket.Style.path, "https://s3.example.org/pictures/ab"),
        ("http://127.0.0.1:9000/", "", .path, "http://127.0.0.1:9000/pictures/ab"),
        ("https://[::1]:9000", "a b/c", .path, "https://[::1]:9000/pictures/a%20b/c/ab"),
        ("https://s3.example.org", "x/", .host, "https://pictures.s3.example.org/x/ab"),
    ])
    func namesObjects(endpoint: String, prefix: String, style: Bucket.Style, url: String) {
        let bucket = Self.bucket(endpoint, prefix: prefix, style: style)
        #expect(Self.url(of: TransferOrder(method: .get, key: "ab"), in: bucket) == url)
    }

    @Test func namesItself() {
        var order = TransferOrder(method: .get)
        order.query = [("list-type", "2"), ("start-after", "a/b")]
        #expect(
            Self.url(of: order, in: Self.bucket("http://h"))
                == "http://h/pictures?list-type=2&start-after=a%2Fb")
        #expect(
            Self.url(of: order, in: Self.bucket("http://h", style: .host))
                == "http://pictures.h/?list-type=2&start-after=a%2Fb")
    }

    @Test(arguments: [
        "", "s3.example.org", "ftp://h", "https://", "https://h/path", "https://me:secret@h",
        "https://h?x", "http:h", "https://h\u{7f}",
    ])
    func takesNoOtherEndpoint(endpoint: String) { #expect(Self.bucket(endpoint) == nil) }
}
