package import ObjectStore
package import Text

/// A bucket of somebody else's whose pictures are taken in.
package struct WatchedBucket: Equatable, Sendable {
    /// Each has a thread for what it is asked.
    package static let most = 16
    package static let mostRules = 64

    /// Without a prefix: objects are known by their whole names.
    package let place: Bucket
    /// Only what begins like this is taken.
    package let prefix: UTF8String
    private let labels: ObjectLabels
    private let rules: [KeyRule]
    /// Whether what goes from the bucket goes from the edge.
    package let deletes: Bool

    package init(
        _ place: Bucket, prefix: UTF8String = "", labels: ObjectLabels = .init(tags: []),
        rules: [KeyRule] = [], deletes: Bool = false
    ) {
        (self.place, self.prefix, self.deletes) = (place, prefix, deletes)
        (self.labels, self.rules) = (labels, rules)
    }

    /// By the first rule that fits, with the tags of all; `nil` for what is not taken. A name that
    /// ends in a slash is what some tools make of a folder.
    package func labels(for key: UTF8String) -> ObjectLabels? {
        guard key.starts(with: prefix), !key.ends(with: "/") else { return nil }
        guard var found = rules.lazy.compactMap({ $0.labels(for: key) }).first else {
            return labels
        }
        found.owner = found.owner ?? labels.owner
        found.tags = labels.tags + found.tags.filter { !labels.tags.contains($0) }
        return found
    }
}
