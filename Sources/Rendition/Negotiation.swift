package import HTTP

/// Reduces `Accept` to a format before it meets the cache, so that it can never multiply entries.
package enum Negotiation {
    /// Formats in the order they are tried.
    private static let modern: InlineArray<2, OutputFormat> = [.avif, .webp]

    /// The first of AVIF and WebP that is enabled and that the request's `Accept` fields name with
    /// a weight above zero; else `.fallback`. A wildcard names nothing: every browser sends one,
    /// also those that can show neither. No allocation.
    package static func choose(
        for head: RequestHead, in bytes: Span<UInt8>, enabled: EnumSet<OutputFormat>
    ) -> FormatChoice {
        for index in modern.indices where enabled.contains(modern[index]) {
            let format = modern[index]
            if AcceptField.names(format.mediaType, for: head, in: bytes) {
                return .explicit(format)
            }
        }
        return .fallback
    }
}
