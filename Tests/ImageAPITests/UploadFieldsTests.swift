@testable import ImageAPI
import ImageIndex
import Testing
import Text

@Suite struct UploadFieldsTests {
    @Test func anEmptyValueSaysNothing() throws {
        var fields = UploadFields()
        try fields.set("name", "")
        try fields.set("name", "n")
        try fields.set("tags", "")
        #expect(fields.name == "n" && fields.tags.isEmpty)
    }

    @Test func tagsAddUpAndOwnersDoNot() throws {
        var fields = UploadFields()
        try fields.set("tags", "a,b")
        try fields.set("tags", "b,c")
        #expect(fields.tags == ["a", "b", "c"])
        try fields.set("owner", "o")
        #expect(throws: UploadFields.Invalid.self) { try fields.set("owner", "p") }
    }

    @Test func whatADocumentCanNotHoldIsRefused() {
        let limit = ImageDocument.Limits.nameBytes
        var fields = UploadFields()
        #expect(throws: UploadFields.Invalid.self) {
            try fields.set("name", UTF8String(String(repeating: "a", count: limit + 1)))
        }
        #expect(throws: UploadFields.Invalid.self) {
            for tag in 0...ImageDocument.Limits.tags { try fields.set("tags", "t\(tag)") }
        }
    }

    @Test func ofAFilesNameTheEndIsKept() {
        let limit = ImageDocument.Limits.nameBytes
        let name = String(repeating: "é", count: limit) + ".jpg"
        let kept = UploadFields.documentName(ofFile: name)?.string ?? ""
        #expect(kept.utf8.count <= limit && kept.utf8.count > limit - 2)
        #expect(name.hasSuffix(kept))
        #expect(UploadFields.documentName(ofFile: "") == nil)
    }
}
