import Foundation
import Rendition
import Testing

@testable import Configuration
import Text

@Suite struct PresetSettingTests {
    private func read(_ document: String) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        try configuration.apply(document: Array(document.utf8), source: "file")
        return configuration
    }

    private func complaint(_ document: String) -> String {
        do throws(ConfigurationError) {
            _ = try read(document)
            return "accepted"
        } catch { return error.description }
    }

    @Test func isReadAsAUrlWouldBe() throws {
        let configuration = try read(
            """
            { presets: {
                thumb: { size: "200x100", options: "fit=cover&quality=70", eager: true },
                "2": {},
            } }
            """)
        let thumb = try #require(configuration.presets.first)
        #expect(configuration.presets.map { "\($0.name)" } == ["thumb", "2"])
        #expect(thumb.isEager && thumb.recipe.width == 200 && thumb.recipe.height == 100)
        #expect(thumb.recipe.fit == .cover && thumb.recipe.quality == 70)
        #expect(!configuration.presets[1].isEager && !configuration.presets[1].recipe.hasBox)
    }

    @Test func maySpeakThroughTheEnvironment() throws {
        let configuration = try Configuration.load(
            file: nil, environment: ["POLLEX_PRESETS": "{ a: { options: 'blur=2' } }"], flags: [])
        #expect(configuration.presets.first?.recipe.blurHundredths == 200)
    }

    @Test(arguments: [
        ("{ presets: 1 }", "file: presets: 1 is not"),
        ("{ presets: { Big: {} } }", "file: presets.Big: \"Big\" is not a name of at most 32"),
        ("{ presets: { a: 'fit=cover' } }", "file: presets.a: \"fit=cover\" is not an object"),
        (
            "{ presets: { a: { option: 'x' } } }",
            "file: presets.a.option: unknown key; the nearest known one is presets.a.options"
        ),
        (
            "{ presets: { a: { options: 'fit=crop' } } }",
            "file: presets.a: The option fit must be inside, cover"
        ),
        (
            "{ presets: { a: { options: 'preset=b' } } }",
            "file: presets.a: The option preset is not enabled here."
        ),
        ("{ presets: { a: { size: '0x1' } } }", "file: presets.a: The side '0' must be from 1"),
        ("{ presets: { a: { size: 200 } } }", "file: presets.a.size: 200 is not a text"),
        ("{ presets: { a: { eager: 1 } } }", "file: presets.a.eager: 1 is not true or false"),
        ("{ presets: { a: { eager: true } } }", "accepted"),
        (
            "{ presets: { a: { options: 'fit=cover', eager: true } } }",
            "file: presets.a: an eager preset with fit needs a size"
        ),
    ])
    func complaintsNameThePreset(document: String, expected: String) {
        #expect(complaint(document).hasPrefix(expected), "\(complaint(document))")
    }

    @Test func atMost64() {
        let some = (0..<65).map { "a\($0): {}" }
        #expect(
            complaint("{ presets: { \(some.prefix(64).joined(separator: ",")) } }") == "accepted")
        #expect(complaint("{ presets: { \(some.joined(separator: ",")) } }").contains("at most 64"))
    }

    /// A link that the edge itself would refuse is found at the start.
    @Test func sizesStayWithinTheLimit() {
        let text = "{ a: { size: '300x' } }"
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(
                file: nil,
                environment: ["POLLEX_PRESETS": text, "POLLEX_LIMITS_OUTPUT_SIDE": "299"],
                flags: [])
        }
    }
}
