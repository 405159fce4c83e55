import Originals
import Text

extension OriginalDescription {
    /// A name that no field can hold as it is.
    static let sample = OriginalDescription(
        mediaType: "image/jpeg", name: "rote Blüte, 1 von 2.jpg", uploadedAt: 1_700_000_000_000_000)
}
