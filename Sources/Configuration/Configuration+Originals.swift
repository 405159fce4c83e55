internal import LinuxIO
package import ObjectStore

extension Configuration {
    /// Where originals are kept.
    package struct OriginalStore: Equatable, Sendable {
        package enum Kind: String, CaseIterable, Sendable { case files, s3 }

        package var kind = Kind.files
        /// Of those that lie on this machine too, where the store is elsewhere.
        package var localByteCount = 4 << 30
        package var client = ObjectClient.Settings()
        /// Where objects lie, and as whom they are asked for; `nil`: originals are files.
        package internal(set) var bucket: Bucket?

        var endpoint: String?
        var region = "us-east-1"
        var bucketName: String?
        var prefix: String?
        var style = Bucket.Style.path
        var accessKey: String?
        var secretKey: String?
        var secretKeyFile: String?
        var authorities: String?
    }

    static let originalSettings: [Setting] = [
        .choice(
            "originals.store", \.originals.kind, Words(OriginalStore.Kind.allCases, \.rawValue),
            "files: below data; s3: in a bucket that edges share"),
        .number(
            "originals.localBytes", \.originals.localByteCount, 1 << 20...1 << 50, in: .bytes,
            "of a bucket's originals that lie here too; none can be larger"),
        .optionalText(
            "originals.s3.endpoint", \.originals.endpoint, "\"https://host\", \"http://host:port\"",
            "who serves the bucket"),
        .text("originals.s3.region", \.originals.region, "as signatures name it"),
        .optionalText(
            "originals.s3.bucket", \.originals.bucketName, "a bucket's name", "there already"),
        .optionalText(
            "originals.s3.prefix", \.originals.prefix, "a path", "before each name in it"),
        .choice(
            "originals.s3.style", \.originals.style, Words(Bucket.Style.allCases, \.rawValue),
            "path: endpoint/bucket/name; host: bucket.endpoint/name"),
        .optionalText(
            "originals.s3.accessKey", \.originals.accessKey, "a key's name", "as whom it asks"),
        .optionalText(
            "originals.s3.secretKey", \.originals.secretKey, "a secret", "what signs"),
        .optionalText(
            "originals.s3.secretKeyFile", \.originals.secretKeyFile, "a path",
            "the same, in a file"),
        .optionalText(
            "originals.s3.certificates", \.originals.authorities, "a path",
            "a PEM file of who may vouch for the endpoint; off: those the system trusts"),
        .number(
            "originals.s3.requests", \.originals.client.connections, 1...256,
            "at once, on as many connections"),
        .seconds(
            "originals.s3.connectSeconds", \.originals.client.connectTimeout,
            "for a connection; beyond, and for the next two, once more, then 503"),
        .seconds(
            "originals.s3.answerSeconds", \.originals.client.answerTimeout,
            "for the first byte of an answer; of an upload a second more for 4 MiB"),
        .number(
            "originals.s3.minimumBytesPerSecond", \.originals.client.leastRate, 1...1 << 30,
            in: .bytes, "over five seconds"),
    ]

    private static let secretByteLimit = 4096

    /// What no key says by itself, and the secret.
    mutating func resolveOriginals() throws(ConfigurationError) {
        guard originals.kind == .s3 else { return }
        let endpoint = try required("originals.s3.endpoint", originals.endpoint)
        let bucket = Bucket(
            endpoint: endpoint, region: originals.region,
            name: try required("originals.s3.bucket", originals.bucketName),
            prefix: originals.prefix ?? "", style: originals.style,
            accessKey: try required("originals.s3.accessKey", originals.accessKey),
            secretKey: try readSecret(), authorities: originals.authorities)
        guard let bucket else {
            throw .invalidValue(
                key: "originals.s3.endpoint", source: "configuration",
                reason: "what stands there is no http or https URL of a host alone")
        }
        originals.bucket = bucket
    }

    private func readSecret() throws(ConfigurationError) -> String {
        guard let file = originals.secretKeyFile else {
            return try required("originals.s3.secretKey", originals.secretKey)
        }
        guard originals.secretKey == nil else {
            throw .invalidValue(
                key: "originals.s3.secretKeyFile", source: "configuration",
                reason: "originals.s3.secretKey says it already")
        }
        return try Self.secret(in: file, of: "originals.s3.secretKeyFile")
    }

    /// What stands in a file but for blanks and line ends.
    static func secret(in file: String, of key: String) throws(ConfigurationError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.contents(of: file, limit: Self.secretByteLimit)
        } catch { throw .unreadable(file: file, reason: "\(error)") }
        let text = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        guard !text.isEmpty else {
            throw .invalidValue(key: key, source: "configuration", reason: "\(file) is empty")
        }
        return text
    }

    private func required(
        _ key: String, _ value: String?
    ) throws(ConfigurationError) -> String {
        guard let value else {
            throw .invalidValue(
                key: key, source: "configuration", reason: "originals.store is s3 and needs it")
        }
        return value
    }
}
