package import Rendition
package import Text

/// What the index keeps of one image. Renditions and links are added where it is shown.
package struct ImageDocument: Hashable, Sendable {
    /// Raw values are stored: never renumber.
    package enum Status: UInt8, CaseIterable, Sendable {
        case stored = 1
        case processing = 2
        case ready = 3
        case failed = 4

        package var word: String { "\(self)" }
        package init?(word: String) {
            guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
            self = found
        }
    }

    package let hash: ContentHash
    package var byteCount: Int
    package var type: MediaType
    /// Pixels as displayed, after EXIF orientation.
    package var width: Int
    package var height: Int
    package var frames = 1
    /// EXIF orientation as stored, 1…8.
    package var orientation = 1
    package var hasAlpha = false
    package var colorSpace = "srgb"
    /// Whether colours or depth make it dearer to show than its pixels say.
    package var isFar = false
    package var name: UTF8String?
    /// That it came under later, the last one last.
    package var givenNames: [GivenName] = []
    package var owner: UTF8String?
    package var tags: [UTF8String] = []
    package var attributes: [UTF8String: UTF8String] = [:]
    /// What crops are to keep.
    package var focus: FocalPoint?
    /// Microseconds since 1970: the order of listings.
    package var uploadedAt: Int64
    /// Seconds since 1970.
    package var capturedAt: Int64?
    package var status: Status
    package var error: String?
    /// What `error` is about; `nil`: the picture itself.
    package var failedPreset: String?
    package var thumbhash: [UInt8]?
    /// 0xRRGGBB.
    package var dominantColor: UInt32?
    package var perceptualHash: UInt64?
    /// What decoding all of it, and making its master, took of a worker when it came in.
    package var processorMicroseconds: UInt32?

    package init(
        hash: ContentHash, byteCount: Int, type: MediaType, width: Int, height: Int,
        uploadedAt: Int64, status: Status = .ready
    ) {
        (self.hash, self.byteCount, self.type) = (hash, byteCount, type)
        (self.width, self.height) = (width, height)
        (self.uploadedAt, self.status) = (uploadedAt, status)
    }
}

extension ImageDocument {
    /// What clients can change of an image, and which upload of it this is.
    package struct Changeable: Hashable, Sendable {
        package let name: UTF8String?
        package let owner: UTF8String?
        package let tags: [UTF8String]
        package let attributes: [UTF8String: UTF8String]
        package let focus: FocalPoint?
        package let uploadedAt: Int64
    }

    package var changeable: Changeable {
        Changeable(
            name: name, owner: owner, tags: tags, attributes: attributes, focus: focus,
            uploadedAt: uploadedAt)
    }
}

/// A change that the owner of an image asks for.
package struct ImagePatch: Equatable, Sendable {
    package enum Edit<Value: Equatable & Sendable>: Equatable, Sendable {
        case keep
        case set(Value)

        func apply(to value: inout Value) {
            if case .set(let new) = self { value = new }
        }
    }

    package enum AttributeEdit: Equatable, Sendable {
        case keep
        case clear
        /// Sets what has a value, takes away what has none.
        case merge([UTF8String: UTF8String?])

        func apply(to attributes: inout [UTF8String: UTF8String]) {
            switch self {
            case .keep: break
            case .clear: attributes = [:]
            case .merge(let changes):
                for (name, value) in changes { attributes[name] = value }
            }
        }
    }

    /// `set(nil)` takes it away.
    package var name = Edit<UTF8String?>.keep
    package var owner = Edit<UTF8String?>.keep
    package var tags = Edit<[UTF8String]>.keep
    package var attributes = AttributeEdit.keep
    package var focus = Edit<FocalPoint?>.keep
    /// A name that is given up, where there is another.
    package var forgets: UTF8String?

    package init() {}

    /// - Parameter time: of now, in microseconds since 1970.
    func apply(to document: inout ImageDocument, at time: Int64) {
        if case .set(let new) = name {
            let areKept = !document.givenNames.isEmpty
            document.givenNames.removeAll { $0.name == document.name }
            document.name = new
            if areKept, let new { document.give(new, at: time) }
        }
        if let forgets { document.forget(forgets) }
        owner.apply(to: &document.owner)
        tags.apply(to: &document.tags)
        attributes.apply(to: &document.attributes)
        focus.apply(to: &document.focus)
    }
}
