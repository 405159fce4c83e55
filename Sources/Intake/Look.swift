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

    var place: ObjectPlace { ObjectPlace(object) }
    var key: [UInt8] { Record.bytes(of: UInt64(due)) + place.bytes }

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
    let etag: String
    let byteCount: Int
    /// `nil`: it was refused, for a reason that lasts.
    let image: TakenImage?

    var value: [UInt8] {
        var bytes = [Record.version] + Record.bytes(of: UInt64(byteCount))
        bytes += Record.text(UTF8String(etag))
        return bytes + (image?.bytes ?? [])
    }

    init(_ etag: String, _ byteCount: Int, _ image: TakenImage?) {
        (self.etag, self.byteCount, self.image) = (etag, byteCount, image)
    }

    /// `nil` when it is none.
    init?(value: [UInt8]) {
        var reader = Record(value)
        guard let count = reader.number(), let etag = reader.text() else { return nil }
        let rest = Array(reader.rest)
        if rest.isEmpty {
            self.init(etag.string, Int(clamping: count), nil)
        } else {
            guard let image = TakenImage(rest) else { return nil }
            self.init(etag.string, Int(clamping: count), image)
        }
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
