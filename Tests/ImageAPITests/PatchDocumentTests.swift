import Answers
import HTTP
@testable import ImageAPI
import ImageIndex
import Rendition
import Testing
import Text

@Suite struct PatchDocumentTests {
    private static func patch(_ json: String) throws -> ImagePatch {
        try PatchDocument(Array(json.utf8)).patch
    }

    @Test func whatIsNotNamedIsKept() throws {
        let patch = try Self.patch("{}")
        #expect(patch.name == .keep && patch.owner == .keep && patch.tags == .keep)
        #expect(patch.focus == .keep)
    }

    @Test func nullTakesAway() throws {
        let patch = try Self.patch(#"{"name":null,"tags":null,"focus":null}"#)
        #expect(patch.name == .set(nil) && patch.tags == .set([]) && patch.focus == .set(nil))
    }

    @Test func valuesAreTaken() throws {
        let patch = try Self.patch(
            #"{"name":"n","tags":["b","a","b"],"focus":{"x":0.12345,"y":1}}"#)
        #expect(patch.name == .set("n"))
        #expect(patch.tags == .set(["b", "a"]))
        #expect(patch.focus == .set(FocalPoint(x: 123, y: 1000)))
    }

    @Test(arguments: [
        "", "[]", "{", #"{"name":1}"#, #"{"name":""}"#, #"{"tags":["a",1]}"#,
        #"{"attributes":[]}"#, #"{"attributes":{"a":1}}"#, #"{"focus":{"x":0.5}}"#,
        #"{"focus":{"x":0.5,"y":1.01}}"#, #"{"hash":"x"}"#,
    ])
    func whatIsNoPatchIsRefused(json: String) {
        #expect(throws: PatchDocument.Invalid.self) { try Self.patch(json) }
    }

    @Test func aFaultInTheTextIsABadRequestAndOneInTheMeaningIsNot() {
        #expect(PatchDocument.Invalid.json(offset: 3).answer.status == .badRequest)
        #expect(PatchDocument.Invalid.content("x").answer.status == .unprocessableContent)
    }
}
