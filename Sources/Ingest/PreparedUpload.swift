package import ImageIndex
internal import Originals
internal import Rendition
internal import WorkerLink

/// An upload between its two halves: all of it has come, and it is good.
package enum PreparedUpload: Sendable {
    /// The edge has these bytes.
    case known(ImageDocument)
    case new(SpooledUpload)
}

/// Spooled bytes that a worker has taken for a picture. Holds a descriptor.
package final class SpooledUpload: Sendable {
    let finished: FinishedOriginal
    let facts: ImageFacts

    init(_ finished: consuming FinishedOriginal, _ facts: ImageFacts) {
        self.finished = finished
        self.facts = facts
    }

    var hash: ContentHash { finished.hash }
    var byteCount: Int { finished.byteCount }
}
