package import LinuxIO
package import Rendition
internal import WorkerLink

/// The pictures that a configuration lays over others: read once, in memory, lent to workers.
package struct WatermarkStore: Sendable {
    private let pictures: [UInt64: (watermark: Watermark, file: SharedDescriptor)]

    package init() { pictures = [:] }

    package init(_ known: [(watermark: Watermark, file: SharedDescriptor)]) {
        // Two names for one and the same are one.
        pictures = Dictionary(
            known.map { ($0.watermark.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func overlay(of recipe: Recipe) -> Overlay? {
        pictures[recipe.watermark].map { Overlay($0.watermark) }
    }

    func picture(of overlay: Overlay) -> SharedDescriptor? {
        pictures[overlay.fingerprint]?.file
    }
}
