/// Reduces `Accept` to a format before it meets the cache, so that it can never multiply entries.
package enum Negotiation {
    /// Formats in the order they are tried.
    private static let modern: InlineArray<2, OutputFormat> = [.avif, .webp]

    /// The first of AVIF and WebP that is enabled and that `accept` names with a weight above zero.
    /// A wildcard names nothing: every browser sends one, also those that can show neither. A
    /// malformed field counts as none. No allocation.
    package static func choose(
        accept: Span<UInt8>?, enabled: EnumSet<OutputFormat>
    ) -> FormatChoice {
        guard let accept else { return .fallback }
        let named = AcceptScanner.namedFormats(in: accept)
        for index in modern.indices {
            let format = modern[index]
            if enabled.contains(format) && named.contains(format) { return .explicit(format) }
        }
        return .fallback
    }
}
