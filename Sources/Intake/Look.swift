internal import Digest
internal import Hints
internal import Rendition
internal import Text

/// An object's place in the tables: its bucket and name may be longer than a key can be.
struct ObjectPlace: Hashable, Sendable {
    let bytes: [UInt8]

    init(_ hint: ObjectHint) {
        // No bucket's name has a slash.
        let digest = SHA256Digest(of: Array("\(hint.bucket)/\(hint.key)".utf8)).rawBytes
        bytes = digest.indices.map { digest[$0] }
    }
}

/// An object that is to be looked at.
struct Look: Sendable {
    let object: ObjectHint
    /// When, in microseconds since 1970. It changes with each hint, so that who looks knows whether
    /// there was another one meanwhile.
    let due: Int64
    /// That failed by no fault of the object.
    let attempts: Int

    /// Bucket, due (8 bytes each, most significant first) and place.
    static let keyByteCount = 48

    var place: ObjectPlace { ObjectPlace(object) }
    var key: [UInt8] {
        Self.start(of: object.bucket) + Record.bytes(of: UInt64(due)) + place.bytes
    }

    /// What the keys of a bucket begin with.
    static func start(of bucket: UTF8String) -> [UInt8] {
        let digest = SHA256Digest(of: Array(bucket.utf8)).rawBytes
        return (0..<8).map { digest[$0] }
    }

    var value: [UInt8] {
        [Record.version, UInt8(clamping: attempts)] + Record.text(object.bucket)
            + Array(object.key.utf8)
    }

    init(_ object: ObjectHint, due: Int64, attempts: Int = 0) {
        (self.object, self.due, self.attempts) = (object, due, attempts)
    }

    /// `nil` when it is none.
    init?(due: UInt64, value: [UInt8]) {
        var reader = Record(value)
        guard let attempts = reader.byte(), let bucket = reader.text(),
            let key = UTF8String(validating: reader.rest), due <= UInt64(Int64.max)
        else { return nil }
        self.init(
            ObjectHint(bucket: bucket, key: key), due: Int64(due), attempts: Int(attempts))
    }
}

/// What an object was when it was taken in, or refused.
struct TakenObject: Equatable, Sendable {
    private static let version: UInt8 = 2

    let etag: String
    /// As the store wrote it; empty: nobody knows.
    let lastModified: String
    let byteCount: Int
    /// `nil`: it was refused, for a reason that lasts.
    let image: TakenImage?

    var value: [UInt8] {
        [Self.version] + Record.bytes(of: UInt64(byteCount)) + Record.text(UTF8String(etag))
            + Record.text(UTF8String(lastModified)) + (image?.bytes ?? [])
    }

    init(_ etag: String, lastModified: String = "", _ byteCount: Int, _ image: TakenImage?) {
        (self.etag, self.lastModified) = (etag, lastModified)
        (self.byteCount, self.image) = (byteCount, image)
    }

    /// `nil` when it is none.
    init?(value: [UInt8]) {
        // The first version had no time.
        let isFirst = value.first == Record.version
        var reader = Record(value, version: isFirst ? Record.version : Self.version)
        guard let count = reader.number(), let etag = reader.text(),
            let lastModified = isFirst ? "" : reader.text()
        else { return nil }
        let rest = Array(reader.rest)
        let image = TakenImage(rest)
        guard rest.isEmpty || image != nil else { return nil }
        self.init(etag.string, lastModified: lastModified.string, Int(clamping: count), image)
    }
}

/// An owner's entry of an image.
struct TakenImage: Hashable, Sendable {
    let hash: ContentHash
    let owner: UTF8String?

    /// Of one length, as a table's key may need it.
    var key: [UInt8] {
        guard let owner else { return hashBytes + [UInt8](repeating: 0, count: 32) }
        let digest = SHA256Digest(of: Array(owner.utf8)).rawBytes
        return hashBytes + digest.indices.map { digest[$0] }
    }

    var bytes: [UInt8] {
        hashBytes + (owner.map { [1] + Array($0.utf8) } ?? [0])
    }

    private var hashBytes: [UInt8] {
        let raw = hash.rawBytes
        return raw.indices.map { raw[$0] }
    }

    init(_ hash: ContentHash, _ owner: UTF8String?) { (self.hash, self.owner) = (hash, owner) }

    init?(_ bytes: [UInt8]) {
        guard bytes.count > ContentHash.byteCount,
            let hash = ContentHash(raw: bytes.span.extracting(first: ContentHash.byteCount)),
            let text = UTF8String(validating: bytes.dropFirst(ContentHash.byteCount + 1))
        else { return nil }
        self.init(hash, bytes[ContentHash.byteCount] == 0 ? nil : text)
    }
}

/// An image that an object has no more: it goes with its last object, and else loses that name.
struct Departure: Hashable, Sendable {
    let image: TakenImage
    /// `nil`: of before names were kept.
    let name: UTF8String?
    /// Of the look that found it, so that one that is found again is another one.
    let due: Int64

    /// Of one length.
    func key(_ place: ObjectPlace) -> [UInt8] { image.key + place.bytes }

    var value: [UInt8] {
        [Record.version] + Record.bytes(of: UInt64(due)) + Record.text(name ?? "") + image.bytes
    }

    init(_ image: TakenImage, name: UTF8String?, due: Int64) {
        (self.image, self.name, self.due) = (image, name, due)
    }

    /// `nil` when it is none.
    init?(key: [UInt8], value: [UInt8]) {
        if key.count == ContentHash.byteCount * 2 {
            guard let image = TakenImage(value) else { return nil }
            self.init(image, name: nil, due: 0)
        } else {
            var reader = Record(value)
            guard let due = reader.number(), due <= UInt64(Int64.max), let name = reader.text(),
                let image = TakenImage(Array(reader.rest))
            else { return nil }
            self.init(image, name: name, due: Int64(due))
        }
    }
}
