package import Text

/// A store's word that something has happened to an object. What and when is not believed: it is
/// a hint to look, and what is found then counts, so that doubles and any order do no harm.
package struct ObjectHint: Hashable, Sendable {
    package let bucket: UTF8String
    /// As the store knows it: nothing in it is escaped.
    package let key: UTF8String

    package init(bucket: UTF8String, key: UTF8String) { (self.bucket, self.key) = (bucket, key) }
}
