import Digest
import ImageIndex
import Rendition
import Text

/// Documents as a site has them: few large owners and many small ones, two tags each, a name.
enum Sample {
    static func document(_ number: Int, of count: Int) -> ImageDocument {
        let digest = SHA256Digest(of: Array("\(number)".utf8)).bytes
        var document = ImageDocument(
            hash: ContentHash(bytes: digest), byteCount: 300_000 + number,
            type: MediaType(number % 10 == 0 ? "image/png" : "image/jpeg"),
            width: 4000, height: 3000,
            uploadedAt: 1_700_000_000_000_000 + Int64(number) * 1000)
        // Zipf's: half of all belong to a few.
        let owner = Int(1000 / (1 + Double(number % 1000)))
        document.owner = "owner-\(owner)"
        document.tags = ["tag-\(number % 5000)", "album-\(number / 500)"]
        document.name = "IMG_\(number).jpg"
        document.thumbhash = (0..<24).map { digest[$0] }
        document.dominantColor = 0x336699
        document.perceptualHash = (0..<8).reduce(0) { $0 << 8 | UInt64(digest[24 + $1]) }
        // The rare ones lie at the bottom of every order.
        if number < 3 {
            (document.owner, document.tags) = ("rare", ["rare"])
            (document.type, document.status) = (MediaType("image/tiff"), .failed)
        }
        return document
    }
}
