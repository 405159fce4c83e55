/// What of a URL's options is spelt by a name that the recipe does not have.
struct OptionNames: Hashable, Sendable {
    var preset: Preset?
    /// Of the recipe's watermark; `nil` where it has none.
    var watermark: ShortName?

    func spellWatermark(into sink: inout Spelling) {
        if let watermark {
            watermark.spell(into: &sink)
        } else {
            sink.append(Watermark.none)
        }
    }
}
