internal import Coding
internal import JSON
internal import Text

/// What a store, or who passes its events on, sends to an HTTP endpoint: Ceph, MinIO and AWS in
/// the form that S3 has, by itself or within EventBridge or SNS.
package enum HintBody: Equatable, Sendable {
    /// None in a test event, which is sent when notifications are configured.
    case hints([ObjectHint])
    /// Of SNS, signed: to be verified before anything in it counts.
    case message(SNSMessage)

    package enum Malformed: Error, Equatable {
        case notJSON
        /// None of the known forms, or one without the names of bucket and object.
        case unknownForm
    }

    package init(_ body: [UInt8]) throws(Malformed) {
        let document = try Self.parse(body)
        if document["TopicArn"] != nil, let message = SNSMessage(document) {
            self = .message(message)
        } else {
            self = .hints(try Self.hints(in: document))
        }
    }

    /// What a message of SNS has in it.
    package static func hints(within message: SNSMessage) throws(Malformed) -> [ObjectHint] {
        try hints(in: try parse(Array(message.message.utf8)))
    }

    private static func parse(_ body: [UInt8]) throws(Malformed) -> JSONValue {
        do throws(JSONValue.Malformed) { return try JSONValue(body) } catch { throw .notJSON }
    }

    private static func hints(in document: JSONValue) throws(Malformed) -> [ObjectHint] {
        if let records = document["Records"]?.elements {
            var hints: [ObjectHint] = []
            for record in records { hints.append(try hint(of: record)) }
            return hints
        }
        if document["Event"]?.string == "s3:TestEvent" { return [] }
        // EventBridge.
        if document["source"]?.string == "aws.s3", let detail = document["detail"],
            let bucket = detail["bucket"]?["name"]?.string,
            let key = detail["object"]?["key"]?.string
        {
            return [ObjectHint(bucket: bucket, key: key)]
        }
        throw .unknownForm
    }

    private static func hint(of record: JSONValue) throws(Malformed) -> ObjectHint {
        guard let source = record["eventSource"]?.string,
            let bucket = record["s3"]?["bucket"]?["name"]?.string,
            let written = record["s3"]?["object"]?["key"]?.string
        else { throw .unknownForm }
        // AWS and MinIO write keys as forms write texts; Ceph does not.
        guard ["aws:s3", "minio:s3"].contains(source) else {
            return ObjectHint(bucket: bucket, key: written)
        }
        let bytes = Array(written.utf8)
        guard let plain = PercentCoding.decode(bytes.span, plus: UInt8(ascii: " ")),
            let key = UTF8String(validating: plain)
        else { throw .unknownForm }
        return ObjectHint(bucket: bucket, key: key)
    }
}
