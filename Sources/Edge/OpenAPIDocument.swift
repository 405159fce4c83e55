internal import Answers
internal import COpenAPI

/// `/openapi.json`, the interface in words for programs (OpenAPI 3.1). It comes with the program.
enum OpenAPIDocument {
    static let file: BuiltInFile = {
        var count = 0
        let start = unsafe COpenAPI_document(&count)
        let content = unsafe Array(UnsafeBufferPointer(start: start, count: count))
        return BuiltInFile(
            content, type: Array("application/json".utf8),
            fieldLines: ProblemAnswer.line("Cache-Control", "public, max-age=3600"))
    }()
}
