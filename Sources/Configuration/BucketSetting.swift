internal import ImageIndex
package import Intake
package import ObjectStore
package import Text

/// A bucket of somebody else's as the configuration knows it.
package struct BucketSetting: Equatable, Sendable {
    package let name: UTF8String
    let endpoint: String
    let region: String
    let style: Bucket.Style
    let accessKey: String
    var secretKey: String?
    let secretKeyFile: String?
    let authorities: String?
    let prefix: UTF8String
    let labels: ObjectLabels
    let rules: [KeyRule]
    let deletes: Bool
    /// Whether events of it are heeded.
    let isWatched: Bool

    private static let keys: [UTF8String] = [
        "name", "endpoint", "region", "style", "accessKey", "secretKey", "secretKeyFile",
        "certificates", "prefix", "owner", "tags", "rules", "deletes", "watch",
    ]

    /// Reads `{ name: "raw", endpoint: "https://…", accessKey: "…", secretKey: "…", … }`; `place`
    /// names it in errors, which quote nothing of it.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        try value.requireKeys(
            Self.keys, at: place, expected: "an object with name, endpoint, accessKey, secretKey")
        let reader = MemberReader(value, place)
        name = UTF8String(try reader.required("name", "a bucket's name", atMost: 255))
        endpoint = try reader.required("endpoint", "\"https://host\"", atMost: 255)
        region = try reader.text("region", atMost: 255) ?? "us-east-1"
        let styles = Words(Bucket.Style.allCases, \.rawValue)
        if let given = value["style"] {
            guard let style = styles.value(of: given) else {
                throw Misfit("\(place).style", given, expected: "one of \(styles)")
            }
            self.style = style
        } else {
            style = .path
        }
        accessKey = try reader.required("accessKey", "a key's name", atMost: 255)
        secretKey = try reader.text("secretKey", atMost: 255)
        secretKeyFile = try reader.text("secretKeyFile", atMost: 4096)
        guard (secretKey == nil) != (secretKeyFile == nil) else {
            throw Misfit(place, reason: "it needs either secretKey or secretKeyFile")
        }
        authorities = try reader.text("certificates", atMost: 4096)
        prefix = UTF8String(try reader.text("prefix", atMost: 1024) ?? "")
        labels = try reader.labels()
        rules = try Self.rules(value["rules"], "\(place).rules")
        deletes = try reader.flag("deletes") ?? false
        guard !deletes || labels.owner != nil else {
            throw Misfit(
                place,
                reason: "deletes needs an owner: what others upload without one has the same place")
        }
        isWatched = try reader.flag("watch") ?? true
    }

    private static func rules(
        _ given: JSON5Value?, _ place: String
    ) throws(Misfit) -> [KeyRule] {
        guard let given else { return [] }
        guard case .array(let elements) = given, elements.count <= WatchedBucket.mostRules else {
            throw Misfit(
                place, given, expected: "a list of at most \(WatchedBucket.mostRules) rules")
        }
        var rules: [KeyRule] = []
        for (index, element) in elements.enumerated() {
            let place = "\(place)[\(index)]"
            try element.requireKeys(
                ["prefix", "owner", "tags"], at: place, expected: "an object with prefix")
            let reader = MemberReader(element, place)
            let labels = try reader.labels()
            let prefix = try reader.required("prefix", "how names begin", atMost: 1024)
            guard let rule = KeyRule(prefix: prefix, owner: labels.owner, tags: labels.tags) else {
                throw Misfit(
                    place,
                    reason: "its prefix has <owner> or <tag> for a part between slashes, one "
                        + "<owner> at most and none beside owner")
            }
            rules.append(rule)
        }
        return rules
    }

    /// - Precondition: the secret was read.
    package var bucket: Bucket? {
        Bucket(
            endpoint: endpoint, region: region, name: name.string, style: style,
            accessKey: accessKey,
            secretKey: secretKey ?? "", authorities: authorities)
    }

    /// As it is taken in.
    package var watched: WatchedBucket? {
        bucket.map {
            WatchedBucket($0, prefix: prefix, labels: labels, rules: rules, deletes: deletes)
        }
    }
}

/// Members of an object, by their kinds.
struct MemberReader {
    private let value: JSON5Value
    private let place: String

    init(_ value: JSON5Value, _ place: String) { (self.value, self.place) = (value, place) }

    func text(_ key: UTF8String, atMost limit: Int) throws(Misfit) -> String? {
        guard let given = value[key] else { return nil }
        guard case .string(let text) = given, (1...limit).contains(text.utf8.count),
            !text.utf8.contains(where: { $0 < 0x20 })
        else {
            throw Misfit("\(place).\(key)", given, expected: "a text of at most \(limit) bytes")
        }
        return text
    }

    func required(
        _ key: UTF8String, _ what: String, atMost limit: Int
    ) throws(Misfit) -> String {
        guard let text = try text(key, atMost: limit) else {
            throw Misfit("\(place).\(key)", .null, expected: what)
        }
        return text
    }

    func flag(_ key: UTF8String) throws(Misfit) -> Bool? {
        guard let given = value[key] else { return nil }
        guard case .bool(let flag) = given else {
            throw Misfit("\(place).\(key)", given, expected: "true or false")
        }
        return flag
    }

    /// `owner` and `tags`.
    func labels() throws(Misfit) -> ObjectLabels {
        let owner = try text("owner", atMost: ImageDocument.Limits.ownerBytes)
        return ObjectLabels(owner: owner.map { UTF8String($0) }, tags: try texts("tags"))
    }

    func texts(_ key: UTF8String) throws(Misfit) -> [UTF8String] {
        guard let given = value[key] else { return [] }
        var texts: [UTF8String] = []
        if case .array(let elements) = given, elements.count <= ImageDocument.Limits.tags {
            for case .string(let text) in elements
            where (1...ImageDocument.Limits.tagBytes).contains(text.utf8.count) {
                texts.append(UTF8String(text))
            }
            if texts.count == elements.count { return texts }
        }
        throw Misfit("\(place).\(key)", given, expected: "a list of short texts")
    }
}
