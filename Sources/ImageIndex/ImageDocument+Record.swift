package import Rendition

// As it lies in the index, for who looks at records without one.
extension ImageDocument {
    package var record: [UInt8] { encoded }

    /// `nil` for what is damaged.
    package init?(record: [UInt8], of hash: ContentHash) {
        guard let document = try? ImageDocument(hash: hash, encoded: record) else { return nil }
        self = document
    }
}

extension ImageSummary {
    package var record: [UInt8] { encoded }

    package init?(record: [UInt8]) {
        guard let summary = unsafe ImageSummary(encoded: record.span.bytes) else { return nil }
        self = summary
    }
}
