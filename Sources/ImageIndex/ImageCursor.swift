internal import Coding

/// A place between two images of a listing. It stays where it is whatever comes and goes around it.
package struct ImageCursor: Equatable, Sendable {
    private static let version: UInt8 = 1
    /// Base64url without padding, of a version byte and an order key.
    private static let textByteCount = (8 * (1 + OrderKey.byteCount) + 5) / 6

    let place: OrderKey

    init(after place: OrderKey) { self.place = place }

    /// What stands in a text: later times are smaller numbers there, as they once were in the
    /// index, so that texts that were handed out then are still good.
    private init(written place: OrderKey) {
        self.place = OrderKey(uploadedAt: ~place.uploadedAt, hash: place.hash)
    }

    private var written: OrderKey { ImageCursor(written: place).place }

    /// `nil` for what was not made by `text`.
    package init?(_ text: some StringProtocol) {
        // One place has one spelling.
        guard text.utf8.count == Self.textByteCount, let bytes = Base64.bytes(url: text),
            bytes.first == Self.version,
            let place = OrderKey(bytes.span.extracting(droppingFirst: 1))
        else { return nil }
        self.init(written: place)
    }

    /// 55 characters of base64url.
    package var text: String {
        String(decoding: Base64.text([Self.version] + written.bytes, .url), as: UTF8.self)
    }
}
