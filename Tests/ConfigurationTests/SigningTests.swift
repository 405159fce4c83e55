import Rendition
import Testing

@testable import Configuration
import Text

/// What needs a signature, and the keys.
@Suite struct SigningTests {
    private func load(_ text: String) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        try configuration.apply(document: Array("{delivery: {\(text)}}".utf8), source: "test")
        try configuration.resolveSizes()
        return configuration
    }

    private func variable(
        _ name: String, _ text: String
    ) throws(ConfigurationError) -> Configuration {
        try Configuration.load(
            file: nil, environment: ["POLLEX_DELIVERY_\(name)": text], flags: [])
    }

    private static func listed(_ texts: [String]) throws -> SizePolicy {
        .listed(
            try texts.map { text in
                try ListedSize(
                    text,
                    policy: RenditionPolicy(
                        options: EnumSet(RecipeOption.allCases),
                        gravities: EnumSet(Gravity.Kind.allCases)))
            })
    }

    @Test func sizesAreOpenSignedOrAList() throws {
        #expect(Configuration().sizePolicy == .open)
        #expect(try load("sizes: 'signed'").sizePolicy == .signed)
        #expect(try variable("SIZES", "open").sizePolicy == .open)
        let listed = try Self.listed(["320x", "9x9?fit=cover", "optimized"])
        #expect(try load("sizes: ['320x', '9x9?fit=cover', 'optimized']").sizePolicy == listed)
        #expect(try variable("SIZES", "320x,9x9?fit=cover,optimized").sizePolicy == listed)
        // Where a comma stands in an entry.
        let focal = try Self.listed(["9x9?fit=cover&gravity=0.5,0.25"])
        #expect(try variable("SIZES", #"["9x9?fit=cover&gravity=0.5,0.25"]"#).sizePolicy == focal)
    }

    @Test(arguments: [
        ("sizes: 'closed'", "signed"), ("sizes: ['9']", "width"), ("sizes: [9]", "320x"),
        ("sizes: ['8193x']", "8192"),
        ("sizes: ['9x9?dpr=1']", #"spelt "9x9""#),
        ("sizes: [\(Array(repeating: "'9x9'", count: 257).joined(separator: ","))]", "256"),
    ])
    func aWrongListSaysWhatIsWrong(text: String, word: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try load(text) }
        #expect(error.map { "\($0)".contains(word) } == true, "\(String(describing: error))")
    }

    @Test func aSecretIsHexOrBase64() throws {
        let keys = try load(
            """
            signingKeys: [{ id: 'a', secret: '000102030405060708090A0b0c0d0e0f' },
                { id: 'b-_', secret: 'AAECAwQFBgcICQoLDA0ODxAR' }]
            """
        ).delivery.signingKeys
        #expect(keys.map(\.id) == ["a", "b-_"])
        #expect(keys.map(\.secret.bytes) == [Array(0...15), Array(0...17)])
        let same = try variable(
            "SIGNING_KEYS", "[{id:'a',secret:'000102030405060708090a0b0c0d0e0f'}]")
        #expect(same.delivery.signingKeys == [keys[0]])
    }

    private static let word = "Xq7-shouldNeverBeSeen"

    /// Whatever is wrong with a key, what was given for it is in no error.
    @Test(arguments: [
        "[{ id: 'a', secret: '\(word)' }]", "[{ id: 'a', secret: ['\(word)'] }]",
        "[{ id: '\(word)!', secret: '\(word)' }]", "[{ secret: '\(word)' }]",
        "[{ id: 'a', secret: '\(word)', more: 1 }]", "['\(word)']", "'\(word)'",
        "{ a: '\(word)' }", "[{ id: 'a', secret: \(word.replacing("-", with: "")) }]",
        "[{ id: 'a', secret: 0\(word.replacing("-", with: "")) }]",
        """
        [{ id: 'a', secret: '000102030405060708090a0b0c0d0e0f' },
        { id: 'a', secret: '\(word)\(word)' }]
        """,
    ])
    func noErrorShowsASecret(value: String) throws {
        for error in [
            #expect(
                throws: ConfigurationError.self, performing: { try load("signingKeys: \(value)") }),
            #expect(
                throws: ConfigurationError.self, performing: { try variable("SIGNING_KEYS", value) }
            ),
        ] {
            let text = "\(try #require(error))"
            #expect(!text.contains("shouldNeverBeSeen") && !text.contains("Xq7"), "\(text)")
        }
    }

    @Test func noDumpShowsASecret() throws {
        let configuration = try load(
            "signingKeys: [{ id: 'a', secret: 'AAECAwQFBgcICQoLDA0ODxAR' }]")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in [dumped, "\(configuration)", String(reflecting: configuration)] {
            #expect(text.contains("(secret)") || text.contains("Secret"))
            #expect(!text.contains("[0, 1, 2") && !text.contains("- 17\n"))
        }
    }
}
