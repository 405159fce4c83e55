import Answers
import Foundation
import HTTPServer
import Permission
import Rendering
import Rendition
import TestSupport
import Testing
import Text
import WorkerLink
import Workers

@testable import Configuration

@Suite struct ConfigurationTests {
    private func load(
        _ document: String = "{}", environment: [UTF8String: String] = [:],
        flags: [(key: String, text: String)] = []
    ) throws -> Configuration {
        let scratch = try Scratch()
        let file = scratch.path("given.json5")
        try document.write(toFile: file, atomically: false, encoding: .utf8)
        return try Configuration.load(file: file, environment: environment, flags: flags)
    }

    private func complaint(
        _ document: String = "{}", environment: [UTF8String: String] = [:],
        flags: [(key: String, text: String)] = []
    ) -> String {
        do {
            _ = try load(document, environment: environment, flags: flags)
            return "accepted"
        } catch {
            let text = "\(error)"
            return text.split(separator: ".json5:", maxSplits: 1).last.map(String.init) ?? text
        }
    }

    @Test func aCredentialThatCanNotBeLookedAtIsNotPassedOver() throws {
        let scratch = try Scratch()
        let environment: [UTF8String: String] = ["CREDENTIALS_DIRECTORY": scratch.path]
        #expect(try load(environment: environment) == load())
        // A link to itself.
        let file = scratch.path("pollex.json5")
        try FileManager.default.createSymbolicLink(
            atPath: file, withDestinationPath: file)
        #expect(complaint(environment: environment).contains("symbolic links"))
    }

    @Test func laterSourcesWin() throws {
        let document = "{ listen: '127.0.0.1:1', admin: '127.0.0.1:1', data: 'file', loops: 1 }"
        let environment: [UTF8String: String] = [
            "POLLEX_LISTEN": "127.0.0.1:2", "POLLEX_ADMIN": "127.0.0.1:2", "HOME": "/root",
        ]
        let configuration = try load(
            document, environment: environment, flags: [("listen", "127.0.0.1:3")])
        #expect(configuration.listen?.port == 3)
        #expect(configuration.admin.port == 2)
        #expect(configuration.data == "file")
        #expect(configuration.loops == 1)
        #expect(configuration.workers == Configuration().workers)
    }

    @Test func withoutAnySourceItIsTheDefaults() throws {
        let configuration = try Configuration.load(file: nil, environment: [:], flags: [])
        #expect(configuration == Configuration())
    }

    /// Of a service or a linked container named `pollex`, or `pollex-admin`.
    @Test func whatContainerPlatformsPutThereIsNoKey() throws {
        let injected: [UTF8String: String] = [
            "POLLEX_SERVICE_HOST": "10.0.0.1", "POLLEX_SERVICE_PORT": "8080",
            "POLLEX_SERVICE_PORT_HTTP": "8080", "POLLEX_PORT": "tcp://10.0.0.1:8080",
            "POLLEX_PORT_8080_TCP": "tcp://10.0.0.1:8080", "POLLEX_PORT_8080_TCP_PROTO": "tcp",
            "POLLEX_PORT_8080_TCP_PORT": "8080", "POLLEX_PORT_8080_TCP_ADDR": "10.0.0.1",
            "POLLEX_ADMIN_SERVICE_HOST": "10.0.0.2", "POLLEX_ADMIN_PORT": "tcp://10.0.0.2:8081",
            "POLLEX_ADMIN_PORT_8081_UDP_ADDR": "10.0.0.2", "POLLEX_NAME": "/web/pollex",
            "POLLEX_ENV_DEBIAN_FRONTEND": "noninteractive",
        ]
        #expect(try load(environment: injected) == Configuration())
        // A linked container need not expose a port.
        for name in ["POLLEX_NAME", "POLLEX_ENV_DEBIAN_FRONTEND"] as [UTF8String] {
            #expect(try load(environment: [name: "/web/pollex"]) == Configuration())
        }
        // And what looks a little like it is a mistake as before.
        let mistaken: [(UTF8String, String)] = [
            ("POLLEX_PORT", "8080"), ("POLLEX_NAME", "web"), ("POLLEX_ENV", "y"),
            ("POLLEX_SERVICE_PORT", "http"), ("POLLEX_HOST", "10.0.0.1"),
            ("POLLEX_PORT_8080", "1"), ("POLLEX_LOOP", "2"),
        ]
        for (name, text) in mistaken {
            let complaint = complaint(environment: [name: text])
            #expect(complaint.contains("\(name): unknown key; the nearest known one is POLLEX_"))
        }
    }

    /// What was put there by mistake may be a secret as well.
    @Test(arguments: [
        "{ auth: { tokens: [{ sha256: 'hush-hush', scopes: ['read'] }] } }",
        "{ auth: { tokens: ['hush-hush'] } }", "{ auth: { tokens: 'hush-hush' } }",
        "{ delivery: { signingKeys: ['hush-hush'] } }",
        "{ notifications: { webhooks: [{ url: 'ftp://a:hush-hush@b', secret: 'x' }] } }",
        "{ notifications: { webhooks: [{ url: 'http://b', secret: 'hush-hush' }] } }",
        "{ notifications: { email: { password: ['hush-hush'] } } }",
        "{ notifications: { email: { relay: 'hush-hush@host' } } }",
    ])
    func noComplaintShowsASecret(text: String) {
        #expect(throws: ConfigurationError.self) { try configured(text) }
        do { _ = try configured(text) } catch {
            #expect(!"\(error)".contains("hush"), "\(error)")
        }
    }

    @Test func processorTimeIsWholeSeconds() throws {
        #expect(throws: ConfigurationError.self) {
            try configured("{ limits: { jobProcessorSeconds: 0.1 } }")
        }
        let two = try configured("{ limits: { jobProcessorSeconds: 2 } }")
        #expect(two.rendering.limits.processorSeconds == 2)
    }

    private func configured(_ text: String) throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        try configuration.apply(document: Array(text.utf8), source: "test")
        return configuration
    }

    @Test func whereThereIsLittleMemoryTheDefaultsAreLess() throws {
        let machine = Configuration.defaults(memoryByteCount: 1 << 40)
        #expect(machine == Configuration())
        let small = Configuration.defaults(memoryByteCount: 1 << 30)
        #expect(small.workers.memoryByteLimit == 512 << 20)
        #expect(small.rendering.queueBytes == 256 << 20)
        let set = try Configuration.load(
            file: nil, environment: ["POLLEX_LIMITS_QUEUE_BYTES": "512MiB"], flags: [],
            defaults: small)
        #expect(set.rendering.queueBytes == 512 << 20)
    }

    @Test func readsEveryKindOfValue() throws {
        let hash = String(repeating: "0f", count: 32)
        let configuration = try load(
            """
            {
                listen: "[::1]:0", log: { access: "off" }, cache: { bytes: "2GiB" },
                limits: {
                    outputSide: 0x400, outputPixels: "2MP", idleSeconds: 0.5, queueBytes: 10000000,
                },
            }
            """,
            environment: [
                "POLLEX_LIMITS_OUTPUT_SIDE": "2048", "POLLEX_DELIVERY_FORMATS": "webp",
                "POLLEX_CORS_ORIGINS": "", "POLLEX_LIMITS_HEAD_SECONDS": "1.5",
                "POLLEX_AUTH_TOKENS":
                    "[{sha256: '\(hash)', scopes: ['upload', 'read'], owner: 'me'}]",
            ])
        #expect(configuration.listen?.description == "[::1]:0")
        #expect(!configuration.logsAccess)
        #expect(configuration.cache.byteCount == 2 << 30)
        #expect(configuration.renditions.limits.side == 2048)
        #expect(configuration.renditions.limits.pixels == 2_000_000)
        #expect(configuration.server.idleMilliseconds == 500)
        #expect(configuration.server.headMilliseconds == 1500)
        #expect(configuration.rendering.queueBytes == 10_000_000)
        #expect(configuration.renditions.negotiated == [.webp])
        #expect(configuration.crossOrigin.origins == [])
        let token = try #require(configuration.auth.tokens.first)
        #expect(token.digest == [UInt8](repeating: 0x0F, count: 32))
        #expect(token.scopes == [.upload, .read])
        #expect(token.owner == "me")
    }

    @Test(arguments: [
        ("{ lisen: 1 }", "lisen: unknown key; the nearest known one is listen"),
        (
            "{ limits: { outputSides: 1 } }",
            "limits.outputSides: unknown key; the nearest known one is limits.outputSide"
        ),
        (
            "{ limits: { outputside: 1 } }",
            "limits.outputside: unknown key; the nearest known one is limits.outputSide"
        ),
        ("{ cache: 5 }", "cache: 5 is not an object { … }"),
        ("[]", "the document: [] is not an object { … }"),
        (
            "{ limits: { outputSide: 0 } }",
            "limits.outputSide: 0 is not a whole number from 1 to 16383"
        ),
        (
            "{ limits: { outputSide: true } }",
            "limits.outputSide: true is not a whole number from 1 to 16383"
        ),
        (
            "{ limits: { outputSide: 1.5 } }",
            "limits.outputSide: 1.5 is not a whole number from 1 to 16383"
        ),
        (
            "{ cache: { bytes: '8 gigs' } }",
            "cache.bytes: \"8 gigs\" is not a whole number from 1MiB to 1024TiB, "
                + "in bytes or as \"8MiB\""
        ),
        (
            "{ limits: { idleSeconds: 0 } }",
            "limits.idleSeconds: 0 is not a number of seconds from 0.1 to 86400"
        ),
        (
            "{ admin: 'example.org:80' }",
            "admin: \"example.org:80\" is not an address such as \"127.0.0.1:8080\" "
                + "or \"[::1]:8080\""
        ),
        (
            "{ auth: { uploads: 'yes' } }",
            "auth.uploads: \"yes\" is not one of \"auto\", \"open\", \"token\""
        ),
        (
            "{ delivery: { formats: ['webp', 'webp'] } }",
            "delivery.formats: [\"webp\", \"webp\"] is not a list of \"avif\", \"webp\", "
                + "each at most once"
        ),
        (
            "{ cors: { origins: ['https://a\\r\\nb'] } }",
            "cors.origins: [\"https://a\\r\\nb\"] is not a list of at most 32 origins such as "
                + "\"https://example.org\", or [\"*\"]"
        ),
        (
            "{ auth: { tokens: [{ sha256: 'abc', scopes: ['read'] }] } }",
            "auth.tokens[0].sha256: what stands there is not 64 lower-case hex digits"
        ),
        (
            "{ auth: { tokens: [{ sha: 'abc' }] } }",
            "auth.tokens[0].sha: unknown key; the nearest known one is auth.tokens[0].sha256"
        ),
    ])
    func saysWhatIsWrong(document: String, expected: String) {
        #expect(complaint(document) == " \(expected)")
    }

    @Test func saysWhereADocumentIsMalformed() {
        #expect(complaint("{\n  loops: 1,\n  loops: 2\n}") == "3:3: loops is there twice")
    }

    @Test func namesTheVariableThatIsWrong() {
        let unknown = complaint(environment: ["POLLEX_CACHE_BYTE": "1"])
        #expect(
            unknown == "environment: POLLEX_CACHE_BYTE: unknown key; "
                + "the nearest known one is POLLEX_CACHE_BYTES")
        let wrong = complaint(environment: ["POLLEX_WORKERS": "many"])
        #expect(
            wrong == "environment POLLEX_WORKERS: workers: \"many\" is not a whole number "
                + "from 0 to 256")
    }

    @Test func namesTheFlagThatIsWrong() {
        #expect(complaint(flags: [("listen", "80")]).hasPrefix("--listen: listen: \"80\" is not"))
    }

    @Test func aMissingFileIsSaid() {
        #expect(throws: ConfigurationError.self) {
            try Configuration.load(file: "/nonexistent/pollex.json5", environment: [:], flags: [])
        }
    }

    @Test func everyKeyHasAVariableOfItsOwn() {
        let variables = Set(Configuration.settings.map(\.variable))
        #expect(variables.count == Configuration.settings.count)
        #expect(Set(Configuration.settings.map(\.name)).count == Configuration.settings.count)
        #expect(variables.contains("POLLEX_LIMITS_BODY_MINIMUM_BYTES_PER_SECOND"))
    }

    /// The default of each key is within its own range, read from file and environment alike.
    @Test func everyDefaultIsTakenBack() throws {
        for setting in Configuration.settings {
            var configuration = Configuration()
            try setting.apply(&configuration, JSON5Reader.parse(Array(setting.defaultText.utf8)))
            #expect(configuration == Configuration(), "\(setting.name)")
            #expect(Configuration.reference.contains(setting.variable))
        }
    }

    @Test(arguments: [
        ("127.0.0.1:8080", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("localhost:1", true),
        (":8080", false), ("0.0.0.0:1", false), ("[::]:1", false), ("10.0.0.1:1", false),
    ])
    func uploadsAreOpenOnLoopbackOnly(address: String, expected: Bool) throws {
        var configuration = try load(environment: ["POLLEX_LISTEN": address])
        #expect(configuration.uploadAccess == (expected ? .local : .token))
        configuration.auth.uploads = .token
        #expect(configuration.uploadAccess == .token)
        configuration.auth.index = .open
        #expect(configuration.indexAccess == .open)
    }

    @Test(arguments: [
        "", "8080", "a:b", "1.2.3:1", "127.0.0.1:65536", "127.0.0.1:080", "::1:80",
        "[127.0.0.1]:1", "[]:1", "127.0.0.1:+1", "127.0.0.1: 1",
    ])
    func otherAddressesAreRefused(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test(
        arguments: [
            ("1", 1), ("1B", 1), ("1 KiB", 1024), ("3kB", 3000), ("2TB", 2_000_000_000_000),
            ("8GiB", 8 << 30), ("", nil), ("GiB", nil), ("-1", nil), ("1.5GiB", nil), ("1gib", nil),
            ("9223372036854775808", nil), ("9007199254740993TiB", nil),
        ] as [(String, Int?)])
    func sizesHaveUnits(text: String, expected: Int?) {
        #expect(Quantity.bytes.parse(text) == expected)
    }
}
