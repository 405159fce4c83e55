import Foundation
import Testing

@testable import Configuration
import Text

/// `conf/pollex.json5` is the documentation of every key: it has to be the truth.
@Suite struct ExampleFileTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("conf/pollex.json5")

    @Test func isExactlyTheDefaults() throws {
        let loaded = try Configuration.load(file: Self.file.path, environment: [:], flags: [])
        #expect(loaded == Configuration())
    }

    @Test func hasEveryKeyAndNoOther() throws {
        let document = try JSON5Reader.parse(Array(Data(contentsOf: Self.file)))
        let names = Configuration.settings.map(\.name)
        #expect(Set(leaves(document, below: "")) == Set(names))
        #expect(leaves(document, below: "").count == names.count)
    }

    /// What the table prints as default is what the file says, to the letter.
    @Test func spellsDefaultsAsTheListingDoes() throws {
        let document = try JSON5Reader.parse(Array(Data(contentsOf: Self.file)))
        for setting in Configuration.settings {
            let keys = setting.name.split(separator: ".").map(String.init)
            let written = keys.reduce(Optional(document)) { $0?[UTF8String($1)] }
            let listed = try JSON5Reader.parse(Array(setting.defaultText.utf8))
            #expect(written == listed, "\(setting.name)")
        }
    }

    private func leaves(_ value: JSON5Value, below path: String) -> [String] {
        // A map whose keys the operator names is a key itself; its default is empty.
        guard case .object(let members) = value, !members.isEmpty else { return [path] }
        return members.flatMap {
            leaves($0.value, below: path.isEmpty ? $0.key.string : "\(path).\($0.key)")
        }
    }
}
