import Rendition
import Testing
import Text

@testable import Export

@Suite struct KeyTemplateTests {
    private static func key(_ template: String, _ name: UTF8String?) throws -> UTF8String {
        let template = try #require(KeyTemplate(template))
        let hash = ContentHash(hex: String(repeating: "ab", count: 32))
        return template.key(
            of: try #require(hash), name: name, owner: nil, preset: try #require(ShortName("web")),
            format: .webp)
    }

    @Test(
        arguments: [
            ("users/42/a b+é.jpg", "users/42/a b+é"), ("flower", "flower"), (".hidden", ".hidden"),
            ("a.b/c", "a.b/c"), ("a/.c", "a/.c"), ("a.tar.gz", "a.tar"),
        ] as [(UTF8String, String)])
    func aNameIsThereWithoutWhatSaysItsType(name: UTF8String, stem: String) throws {
        #expect(
            try Self.key("t/{preset}/{name}.{extension}", name)
                == UTF8String("t/web/\(stem).webp"))
    }

    @Test func theHashStandsForANameThatIsNone() throws {
        let hash = String(repeating: "ab", count: 32)
        #expect(try Self.key("{name}-{owner}", nil) == UTF8String("\(hash)-nobody"))
        let long = UTF8String(String(repeating: "x", count: 1020))
        #expect(try Self.key("abcd/{name}", long) == UTF8String("abcd/\(hash)"))
    }

    @Test(arguments: ["", "a", "{preset}", "{name", "{nam}", "{name}\n"])
    func whatNamesNoImageIsRefused(text: String) { #expect(KeyTemplate(text) == nil) }

    @Test func howAllNamesBegin() {
        #expect(KeyTemplate("a/b{hash}")?.start == "a/b" && KeyTemplate("{hash}")?.start == "")
    }
}
