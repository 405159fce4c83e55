package import Events
package import ObjectStore
package import Rendition

/// A bucket that gets what is made of images when they come in.
package struct Export: Equatable, Sendable {
    package static let most = 16

    package let bucket: Bucket
    package let key: KeyTemplate
    /// Of those that are made when an image comes in.
    package let presets: [ShortName]

    package init(_ bucket: Bucket, key: KeyTemplate, presets: [ShortName]) {
        (self.bucket, self.key, self.presets) = (bucket, key, presets)
    }

    /// As which it is told of images. Another place or other presets are another subscriber: what
    /// was still to be told to the earlier one is told to nobody.
    package var subscriber: Subscriber {
        let words = presets.map { "\($0)" }.joined(separator: ",")
        return Subscriber(
            address: "export \(bucket.endpoint) \(bucket.bucket) \(key.text) \(words)",
            kinds: [.imageReady, .imageDeleted, .imageNamed], isNear: true)
    }
}
