import Testing
import Text

@testable import Hints

/// Bodies as stores send them; those of Ceph as they were received, others from documentation.
@Suite struct HintBodyTests {
    private static func hints(_ body: String) throws -> [ObjectHint] {
        guard case .hints(let hints) = try HintBody(Array(body.utf8)) else { return [] }
        return hints
    }

    private static func record(_ source: String, _ key: String) -> String {
        """
        {"Records":[{"eventVersion":"2.2","eventSource":"\(source)","eventName":"ObjectCreated:Put",
        "s3":{"bucket":{"name":"raw","arn":"arn:aws:s3:::raw"},"object":{"key":"\(key)","size":5,
        "eTag":"5d41","sequencer":"668C"}},"opaqueData":""}]}
        """
    }

    @Test func whatIsEscapedIsTheSendersSecret() throws {
        let plain = ObjectHint(bucket: "raw", key: "a b+é.jpg")
        #expect(try Self.hints(Self.record("ceph:s3", "a b+\\u00e9.jpg")) == [plain])
        #expect(try Self.hints(Self.record("aws:s3", "a+b%2B%C3%A9.jpg")) == [plain])
        #expect(try Self.hints(Self.record("minio:s3", "a+b%2B%C3%A9.jpg")) == [plain])
        let escaped = ObjectHint(bucket: "raw", key: "a+b%2B.jpg")
        #expect(try Self.hints(Self.record("ceph:s3", "a+b%2B.jpg")) == [escaped])
        let bridge = """
            {"version":"0","source":"aws.s3","detail-type":"Object Created",
            "detail":{"bucket":{"name":"raw"},"object":{"key":"a+b%2B.jpg","size":1}}}
            """
        #expect(try Self.hints(bridge) == [escaped])
    }

    @Test func aTestEventIsOfNoObject() throws {
        let body = #"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"raw","HostId":"x"}"#
        #expect(try Self.hints(body).isEmpty)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"Records":[{}]}"#,
        #"{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"},"object":{}}}]}"#,
        #"{"source":"aws.s3","detail":{}}"#, #"{"source":"aws.ec2","detail":{"bucket":{}}}"#,
    ])
    func anythingElseIsRefused(body: String) {
        #expect(throws: HintBody.Malformed.self) { try HintBody(Array(body.utf8)) }
    }

    @Test(arguments: ["a%2", "a%zz", "%ff"])
    func aKeyThatCanNotBeReadIsRefused(key: String) {
        #expect(throws: HintBody.Malformed.unknownForm) {
            try HintBody(Array(Self.record("aws:s3", key).utf8))
        }
    }

    @Test func aMessageOfSNSSaysWhatIsSigned() throws {
        let body = """
            {"Type":"Notification","MessageId":"m","TopicArn":"arn:t","Subject":"s",
            "Message":"{\\"Records\\":[]}","Timestamp":"2026","SignatureVersion":"2",
            "Signature":"AAEC","SigningCertURL":"https://sns.us-east-1.amazonaws.com/a.pem"}
            """
        guard case .message(let message) = try HintBody(Array(body.utf8)) else {
            Issue.record("no message")
            return
        }
        let signed = [
            "Message", #"{"Records":[]}"#, "MessageId", "m", "Subject", "s", "Timestamp", "2026",
            "TopicArn", "arn:t", "Type", "Notification", "",
        ].joined(separator: "\n")
        #expect(String(decoding: message.signed, as: UTF8.self) == signed)
        #expect(message.signature == [0, 1, 2] && message.digest == .sha256)
        #expect(try HintBody.hints(within: message).isEmpty)
    }
}

@Suite struct SNSAddressTests {
    @Test(arguments: [
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/a.pem",
    ])
    func whatIsOfSNSIsTaken(url: String) throws {
        let address = try #require(SNSAddress(UTF8String(url)))
        #expect(address.isCertificate)
    }

    @Test func aConfirmationHasAQuery() throws {
        let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=a"
        let address = try #require(SNSAddress(UTF8String(url)))
        #expect(address.host == "sns.eu-west-1.amazonaws.com" && !address.isCertificate)
        #expect(address.target == "/?Action=ConfirmSubscription&Token=a")
    }

    @Test(arguments: [
        "https://sns.evil.com/a.pem", "https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/a.pem",
        "http://sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com:8443/a.pem",
        "https://me@sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/a.pem",
        "https://sns.us-east-1.amazonaws.com\\@evil.example/a.pem",
        "https://sns..amazonaws.com/a.pem", "https://sns.a.b.amazonaws.com/a.pem",
        "https://snsXus-east-1.amazonaws.com/a.pem", "https://sns.us-east-1.amazonaws.com",
        "https://sns.us-east-1.amazonaws.com/a .pem", "https://sns.us-east-1.amazonaws.com/#a.pem",
        "HTTPS://sns.us-east-1.amazonaws.com/a.pem", "//sns.us-east-1.amazonaws.com/a.pem",
        "https://sns.US-EAST-1.amazonaws.com/a.pem", "",
    ])
    func nobodyElseIsAsked(url: String) { #expect(SNSAddress(UTF8String(url)) == nil) }
}
