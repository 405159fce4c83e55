/// What a request asked for, as metrics and log lines name it: few enough to index an array.
package enum Route: UInt8, CaseIterable, Sendable {
    case thumbs, optimized, originals, images, upload, events, other

    package var label: String {
        switch self {
        case .thumbs: "thumbs"
        case .optimized: "optimized"
        case .originals: "originals"
        case .images: "images"
        case .upload: "upload"
        case .events: "events"
        case .other: "other"
        }
    }
}

/// What the rendition cache had to do with an answer.
package enum CacheResult: UInt8, CaseIterable, Sendable {
    case none, hit, miss
    /// Waited for a rendition that another request had already asked for (RFC 9211 `collapsed`).
    case collapsed

    package var label: String {
        switch self {
        case .none: "none"
        case .hit: "hit"
        case .miss: "miss"
        case .collapsed: "collapsed"
        }
    }
}
