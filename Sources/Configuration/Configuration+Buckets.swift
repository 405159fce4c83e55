internal import Export
package import Intake
internal import Coding
internal import ObjectStore
internal import Rendition
package import Text

extension Configuration {
    /// Who may say that something happened in a bucket.
    package struct StoreEvents: Equatable, Sendable {
        /// In the path of the URL that they are sent to; `nil`: none are taken.
        package var secret: String?
        /// Of SNS, whose messages are taken.
        package var topics: [UTF8String] = []

        static let secretBytes = 16...255
    }

    static let bucketSettings: [Setting] = [
        .list(
            "buckets", \.buckets, atMost: WatchedBucket.most,
            example: "[{ name: \"raw\", "
                + "endpoint: \"https://…\", accessKey: \"…\", secretKey: \"…\" }]",
            "of others: their pictures are taken in when events name them, or by pollex import"
        ) { value, place throws(Misfit) in try BucketSetting(value, place: place) },
        .optionalText(
            "events.s3.secret", \.storeEvents.secret,
            "at least \(StoreEvents.secretBytes.lowerBound) letters, digits and -._~",
            "events of buckets are taken at /events/s3/<secret>",
            where: { secret in
                StoreEvents.secretBytes.contains(secret.utf8.count)
                    && secret.utf8.allSatisfy(PercentCoding.isUnreserved)
            }),
        Setting(
            "events.s3.topics", \.storeEvents.topics,
            accepts: "a list of at most 64 topics such as \"arn:aws:sns:…\"",
            "of SNS, whose signed messages are taken",
            show: { _ in "[]" },
            read: { text throws(JSON5Reader.Failure) in .array(Setting.texts(in: text)) },
            convert: { value in
                guard case .array(let elements) = value, elements.count <= 64 else { return nil }
                var topics: [UTF8String] = []
                for case .string(let text) in elements {
                    let topic = UTF8String(text)
                    if topic.starts(with: "arn:"), topic.utf8.count <= 255 { topics.append(topic) }
                }
                return topics.count == elements.count ? topics : nil
            }),
    ]

    /// What no key says by itself, and the secrets.
    mutating func resolveBuckets() throws(ConfigurationError) {
        var names: Set<UTF8String> = []
        for (index, setting) in buckets.enumerated() {
            let place = "buckets[\(index)]"
            guard names.insert(setting.name).inserted else {
                throw .invalidValue(
                    key: "\(place).name", source: "configuration",
                    reason: "another entry has it, and events name nothing else")
            }
            if let file = setting.secretKeyFile, setting.secretKey == nil {
                buckets[index].secretKey = try Self.secret(
                    in: file, of: "\(place).secretKeyFile")
            }
            guard setting.bucket != nil else {
                throw .invalidValue(
                    key: "\(place).endpoint", source: "configuration",
                    reason: "what stands there is no http or https URL of a host alone")
            }
        }
    }

    static let exportSettings: [Setting] = [
        .list(
            "export", \.exportSettings, atMost: Export.most,
            example: "[{ bucket: \"processed\", "
                + "key: \"thumbs/{preset}/{name}.{extension}\", presets: [\"thumb\"] }]",
            "buckets that get what is made of images when they come in"
        ) { value, place throws(Misfit) in try ExportSetting(value, place: place) }
    ]

    /// After the buckets.
    mutating func resolveExports() throws(ConfigurationError) {
        exports = []
        for (index, setting) in exportSettings.enumerated() {
            let place = "export[\(index)]"
            let bucket = buckets.first { $0.name == UTF8String(setting.bucket) }
            guard let bucket, let store = bucket.bucket else {
                throw .invalidValue(
                    key: "\(place).bucket", source: "configuration",
                    reason: "buckets has none of this name")
            }
            for name in setting.presets
            where !presets.contains(where: { $0.name == name && $0.isEager }) {
                throw .invalidValue(
                    key: "\(place).presets", source: "configuration",
                    reason: "there is no preset \(name) that is eager")
            }
            let (start, watched) = (setting.key.start, bucket.prefix)
            guard !bucket.isWatched || !(start.starts(with: watched) || watched.starts(with: start))
            else {
                throw .invalidValue(
                    key: "\(place).key", source: "configuration",
                    reason: "what is put there would be taken in again: the bucket is watched")
            }
            exports.append(Export(store, key: setting.key, presets: setting.presets))
        }
    }

    /// Those whose events are heeded.
    package var watchedBuckets: [WatchedBucket] {
        buckets.filter(\.isWatched).compactMap(\.watched)
    }
}
