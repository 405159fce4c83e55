@testable import ImageAPI
import ImageIndex
import JSON
import Rendition
import Testing
import Text

@Suite struct DocumentTests {
    private static var document: ImageDocument {
        guard let type = MediaType("image/jpeg") else { preconditionFailure("no type") }
        return ImageDocument(
            hash: ContentHash(bytes: SIMD32(repeating: 7)), byteCount: 9,
            type: type, width: 40,
            height: 30, uploadedAt: 1_700_000_000_000_000)
    }

    private static func stem(_ document: ImageDocument, rendered: [UInt8] = []) -> [UInt8] {
        Array(DocumentTag(document, rendered: rendered).bytes.prefix(DocumentTag.stem))
    }

    @Test func theTagsStemChangesWithWhatAClientCanChangeAndOnlyWithThat() {
        var renamed = Self.document
        renamed.name = "n"
        var found = Self.document
        found.status = .failed
        #expect(Self.stem(Self.document) != Self.stem(renamed))
        #expect(Self.stem(Self.document) == Self.stem(found, rendered: [1]))
        #expect(
            DocumentTag(Self.document, rendered: [1]).bytes
                != DocumentTag(Self.document, rendered: [2]).bytes)
    }

    @Test func aDocumentIsJSONWithItsLinks() throws {
        let json = ImageAnswers.json(of: Self.document)
        guard case .object(let members) = try JSONValue(json) else {
            Issue.record("no object")
            return
        }
        let names = members.map(\.name.string)
        #expect(Set(names).count == names.count)
        for name in ["hash", "width", "tags", "uploadedAt", "status", "renditions", "links"] {
            #expect(names.contains(name))
        }
    }
}
