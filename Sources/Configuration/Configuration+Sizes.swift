package import Rendition

extension Configuration {
    /// Reads the list of sizes, which other keys have a say in.
    mutating func resolveSizes() throws(ConfigurationError) {
        sizePolicy = try sizePolicy(watermarks: spelledWatermarks)
    }

    /// The list of sizes as URLs are read that know these watermarks.
    package func sizePolicy(
        watermarks: [Watermark]
    ) throws(ConfigurationError) -> SizePolicy {
        switch delivery.sizes {
        case .open: return .open
        case .signed: return .signed
        case .listed(let texts):
            let policy = policy(watermarks: watermarks)
            var sizes: [ListedSize] = []
            for (index, text) in texts.enumerated() {
                do throws(ListedSize.Invalid) {
                    sizes.append(try ListedSize(text, policy: policy))
                } catch {
                    let place = "delivery.sizes[\(index)]"
                    throw .invalidValue(
                        key: place, source: "configuration",
                        reason: "\(JSON5Value.string(text).excerpt): \(error.reason)")
                }
            }
            return .listed(sizes)
        }
    }

    /// How URLs are spelt here. Their recipes are those of nobody's watermarks: the pictures are
    /// not read for it.
    package var spelling: RenditionPolicy { policy(watermarks: spelledWatermarks) }

    package func policy(watermarks: [Watermark]) -> RenditionPolicy {
        RenditionPolicy(
            limits: renditions.limits, negotiated: renditions.negotiated, presets: presets,
            watermarks: watermarks)
    }

    private var spelledWatermarks: [Watermark] {
        watermarks.map { setting in
            Watermark(
                name: setting.name, placement: setting.placement,
                content: ContentHash(bytes: SIMD32()))
        }
    }
}

extension ListedSize.Invalid {
    fileprivate var reason: String {
        switch self {
        case .malformed(let reason): reason
        case .notCanonical(let canonical): "it is spelt \"\(canonical)\" in URLs"
        }
    }
}
