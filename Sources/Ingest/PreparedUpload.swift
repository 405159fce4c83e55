package import ImageIndex
internal import Originals
internal import Rendition
package import WorkerLink

/// An upload between its two halves: all of it has come, and it is good.
package enum PreparedUpload: Sendable {
    /// The edge has these bytes, and some owner's document of them. Spooled nonetheless: they may
    /// go before this one is kept.
    case known(ImageDocument, SpooledUpload)
    case new(SpooledUpload, ImageFacts)

    /// Such as `image/jpeg`.
    package var mediaType: String {
        switch self {
        case .known(let document, _): document.type.description
        case .new(_, let facts): facts.type.mediaType.description
        }
    }
}

/// Spooled bytes of a picture. Holds a descriptor.
package final class SpooledUpload: Sendable {
    let finished: FinishedOriginal

    init(_ finished: consuming FinishedOriginal) { self.finished = finished }

    var hash: ContentHash { finished.hash }
    var byteCount: Int { finished.byteCount }
}
