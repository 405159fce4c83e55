import Testing

@testable import ObjectStore

/// The examples of the documentation.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
@Suite struct RequestSignatureTests {
    private static let nothing = TransferOrder.digestOfNothing
    private static let something =
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"

    struct Example: Sendable {
        let method: String
        let path: String
        var query = ""
        var fields: [RequestSignature.Field] = []
        var digest = RequestSignatureTests.nothing
        let signature: String
    }

    @Test(arguments: [
        Example(
            method: "GET", path: "/test.txt", fields: [("range", "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        Example(
            method: "PUT", path: "/test%24file.text",
            fields: [
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ], digest: something,
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
        Example(
            method: "GET", path: "/", query: "lifecycle=",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        Example(
            method: "GET", path: "/", query: "max-keys=2&prefix=J",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ])
    func signsAsTheDocumentationDoes(example: Example) {
        let signature = RequestSignature(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1",
            time: RequestSignature.time(1_369_353_600))
        let fields =
            example.fields + [
                ("host", "examplebucket.s3.amazonaws.com"),
                ("x-amz-content-sha256", example.digest), ("x-amz-date", "20130524T000000Z"),
            ]
        let authorization = signature.authorization(
            method: example.method, path: example.path, query: example.query, fields: fields,
            contentDigest: example.digest)
        #expect(authorization.hasSuffix("Signature=\(example.signature)"))
    }
}
