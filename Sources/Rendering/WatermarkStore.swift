package import LinuxIO
package import Rendition
internal import WorkerLink

/// The pictures that a configuration lays over others: read once, in memory, lent to workers.
package struct WatermarkStore: Equatable, Sendable {
    private let pictures: [UInt64: (watermark: Watermark, file: SharedDescriptor)]

    package init() { pictures = [:] }

    package init(_ known: [(watermark: Watermark, file: SharedDescriptor)]) {
        // Two names for one and the same are one.
        pictures = Dictionary(
            known.map { ($0.watermark.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// A fingerprint is of the picture and of where it is laid.
    package static func == (one: WatermarkStore, other: WatermarkStore) -> Bool {
        one.pictures.keys == other.pictures.keys
    }

    func overlay(of recipe: Recipe) -> Overlay? {
        pictures[recipe.watermark].map { Overlay($0.watermark) }
    }

    func picture(of overlay: Overlay) -> SharedDescriptor? {
        pictures[overlay.fingerprint]?.file
    }
}
