internal import Rendition

extension Configuration {
    /// Reads the list of sizes, which other keys have a say in.
    mutating func resolveSizes() throws(ConfigurationError) {
        switch delivery.sizes {
        case .open: sizePolicy = .open
        case .signed: sizePolicy = .signed
        case .listed(let texts):
            // Every option: which of them a URL may have is decided when one is asked for.
            let policy = RenditionPolicy(
                limits: OutputLimits(side: UInt16(clamping: limits.outputSide)),
                options: EnumSet(RecipeOption.allCases), gravities: EnumSet(Gravity.Kind.allCases))
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
            sizePolicy = .listed(sizes)
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
