internal import Export
internal import Rendition
internal import Text

/// What is made of images and goes into a bucket, as the configuration knows it.
package struct ExportSetting: Equatable, Sendable {
    /// Its name among `buckets`.
    let bucket: String
    let key: KeyTemplate
    let presets: [ShortName]

    /// Reads `{ bucket: "processed", key: "thumbs/{preset}/{name}.{extension}",
    /// presets: ["thumb"] }`; `place` names it in errors.
    init(_ value: JSON5Value, place: String) throws(Misfit) {
        try value.requireKeys(
            ["bucket", "key", "presets"], at: place,
            expected: "an object with bucket, key and presets")
        let reader = MemberReader(value, place)
        bucket = try reader.required("bucket", "a name among buckets", atMost: 255)
        let text = try reader.required("key", "a template", atMost: 512)
        guard let key = KeyTemplate(text) else {
            throw Misfit(
                "\(place).key", .string(text),
                expected: "a name with {hash} or {name}, and {preset}, {owner}, {extension} if "
                    + "wanted")
        }
        let presets = try reader.texts("presets").compactMap { ShortName($0.string) }
        guard !presets.isEmpty, presets.count == 1 || key.namesPresets else {
            throw Misfit(
                "\(place).presets", value["presets"] ?? .null,
                expected: "names of eager presets, one unless the key has {preset}")
        }
        (self.key, self.presets) = (key, presets)
    }
}
