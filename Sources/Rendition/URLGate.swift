/// Who gets what by URL alone: the policy for sizes and originals, and the keys that lift it.
///
/// A signature that is there has to hold, also on what needs none: no byte of a signed URL can be
/// changed so that it shows another thing. There is a gate only where something needs a signature
/// or keys are configured; without one nothing is looked at.
package final class URLGate: Sendable {
    package enum Refusal: Hashable, Sendable {
        /// Needs a signature and has none.
        case unsigned
        case badSignature
        case expired
    }

    package let sizes: SizePolicy
    package let originalsAreSigned: Bool
    package let keys: URLKeys
    private let listed: Set<Recipe>

    /// `nil` when everything is open and nothing can be verified.
    package init?(sizes: SizePolicy, originalsAreSigned: Bool, keys: URLKeys) {
        guard sizes != .open || originalsAreSigned || !keys.isEmpty else { return nil }
        (self.sizes, self.originalsAreSigned, self.keys) = (sizes, originalsAreSigned, keys)
        if case .listed(let entries) = sizes {
            listed = Set(entries.map(\.recipe))
        } else {
            listed = []
        }
    }

    /// Whether the recipe is there for everybody; its format does not matter.
    package func isOpen(_ recipe: Recipe) -> Bool {
        switch sizes {
        case .open: return true
        case .signed: return false
        case .listed:
            var recipe = recipe
            recipe.format = .negotiated
            return listed.contains(recipe)
        }
    }

    /// Why a canonical target is not served, if so. No allocation.
    ///
    /// - Parameters:
    ///   - isOpen: whether what it names needs no signature.
    ///   - now: Unix seconds; asked for only where a time counts.
    package func refusal(
        of target: Span<UInt8>, seal: URLSeal?, isOpen: Bool, now: () -> Int64
    ) -> Refusal? {
        guard let seal else { return isOpen ? nil : .unsigned }
        guard keys.holds(seal, on: target) else { return .badSignature }
        return seal.expires != 0 && now() > seal.expires ? .expired : nil
    }
}
