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
    /// At most `Preset.most`, each name once.
    package var presets: [Preset]
    /// At most `Watermark.most`, each name once.
    package var watermarks: [Watermark]

    package init(
        limits: OutputLimits = OutputLimits(),
        formats: EnumSet<OutputFormat> = EnumSet(OutputFormat.allCases),
        negotiated: EnumSet<OutputFormat> = [.avif, .webp],
        options: EnumSet<RecipeOption> = EnumSet(RecipeOption.allCases),
        gravities: EnumSet<Gravity.Kind> = EnumSet(Gravity.Kind.allCases), presets: [Preset] = [],
        watermarks: [Watermark] = []
    ) {
        precondition(presets.count <= Preset.most, "more presets than there may be")
        precondition(watermarks.count <= Watermark.most, "more watermarks than there may be")
        (self.limits, self.formats, self.negotiated) = (limits, formats, negotiated)
        (self.options, self.gravities, self.watermarks) = (options, gravities, watermarks)
        self.presets = presets.map { $0.knowing(watermarks) }
    }

    func preset(named spelt: Span<UInt8>) -> Preset? {
        guard let name = ShortName(spelt) else { return nil }
        for index in presets.indices where presets[index].name == name { return presets[index] }
        return nil
    }

    func watermark(named spelt: Span<UInt8>) -> Watermark? {
        guard let name = ShortName(spelt) else { return nil }
        for index in watermarks.indices where watermarks[index].name == name {
            return watermarks[index]
        }
        return nil
    }
}
