/// What of the grammar a configuration lets through, and how large. What the grammar has and the
/// policy has not is refused as such, not as unknown.
package struct RenditionPolicy: Hashable, Sendable {
    package var limits: OutputLimits
    /// Formats that may be asked for by extension.
    package var formats: EnumSet<OutputFormat>
    /// Formats that take part in negotiation.
    package var negotiated: EnumSet<OutputFormat>
    package var options: EnumSet<RecipeOption>
    package var gravities: EnumSet<Gravity.Kind>

    package init(
        limits: OutputLimits = OutputLimits(),
        formats: EnumSet<OutputFormat> = [.jpeg, .png, .webp, .avif],
        negotiated: EnumSet<OutputFormat> = [.avif, .webp],
        options: EnumSet<RecipeOption> = [
            .fit, .gravity, .enlarge, .dpr, .background, .quality, .rotate, .flip, .blur, .sharpen,
            .trim,
        ],
        gravities: EnumSet<Gravity.Kind> = [.compass, .focalPoint]
    ) {
        (self.limits, self.formats, self.negotiated) = (limits, formats, negotiated)
        (self.options, self.gravities) = (options, gravities)
    }
}
