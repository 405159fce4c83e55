internal import Coding
internal import Text

extension OriginalDescription {
    /// Of one field beside an object: OpenStack Swift takes 256 bytes unless it is told otherwise.
    private static let metadataLimit = 240

    /// The fields that say it beside an object.
    package var objectFields: [(name: String, value: String)] {
        var time: [UInt8] = []
        Timestamp(microseconds: UInt64(max(0, uploadedAt))).append(to: &time)
        var fields = [
            ("content-type", mediaType),
            ("x-amz-meta-uploaded-at", String(decoding: time, as: UTF8.self)),
        ]
        if let name {
            let encoded = PercentCoding.encode(name.string)
            if encoded.utf8.count <= Self.metadataLimit {
                fields.append(("x-amz-meta-name", encoded))
            }
        }
        return fields
    }
}
