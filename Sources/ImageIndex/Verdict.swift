internal import Rendition

/// Why the bytes of a hash are no image to serve. Told again without looking at them again.
package struct Verdict: Equatable, Sendable {
    package static let maximumDetailByteCount = 512

    /// What kind of refusal it is, as its maker numbers them.
    package let reason: UInt8
    /// For the client; longer ones are cut.
    package let detail: String

    package init(reason: UInt8, detail: String) {
        self.reason = reason
        var kept = detail[...]
        while kept.utf8.count > Self.maximumDetailByteCount { kept.removeLast() }
        self.detail = String(kept)
    }
}

extension Verdict {
    private static let version: UInt8 = 1

    private enum Tag {
        static let pipeline: UInt8 = 1
        static let reason: UInt8 = 2
        static let detail: UInt8 = 3
    }

    func encoded(pipeline: PipelineVersion) -> [UInt8] {
        var writer = FieldWriter(version: Self.version)
        writer.append(pipeline.value, Tag.pipeline)
        writer.append(UInt64(reason), Tag.reason)
        writer.append(detail, Tag.detail)
        return writer.bytes
    }

    /// `nil` when it was passed by another pipeline version.
    static func decode(
        _ record: [UInt8], pipeline: PipelineVersion
    ) throws(FieldReader.Damage) -> Verdict? {
        var reader = try FieldReader(record, version: version)
        var (value, reason, detail): (UInt64, UInt8, String) = (0, 0, "")
        while let field = try reader.next() {
            switch field.tag {
            case Tag.pipeline: value = try field.number()
            case Tag.reason: reason = try field.number()
            case Tag.detail: detail = try field.text()
            default: break
            }
        }
        return value == pipeline.value ? Verdict(reason: reason, detail: detail) : nil
    }
}
