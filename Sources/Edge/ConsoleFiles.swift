internal import Answers
internal import CConsole
internal import HTTP

/// `/console/`, the page for people. Its files come with the program.
enum ConsoleFiles {
    /// By what the path says behind `/console/`.
    static let byName: [[UInt8]: BuiltInFile] = {
        var count = 0
        let start = unsafe CConsole_files(&count)
        var files: [[UInt8]: BuiltInFile] = [:]
        for place in 0..<count {
            let file = unsafe start[place]
            let content = unsafe Array(
                UnsafeBufferPointer(start: file.content, count: file.byteCount))
            let type = Array(unsafe String(cString: file.type).utf8)
            let name = unsafe String(cString: file.name)
            files[Array(name.utf8)] = BuiltInFile(content, type: type, fieldLines: fieldLines)
        }
        return files
    }()

    /// Nothing but our own files runs, looks or is asked, no text becomes markup, and nobody else's
    /// page frames it. A browser asks each time whether what it has is still good.
    private static let fieldLines: [UInt8] = {
        var lines = OutputBuffer()
        lines.appendField("Cache-Control", "no-cache")
        lines.appendField(
            "Content-Security-Policy",
            """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
            connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
            require-trusted-types-for 'script'; trusted-types 'none'
            """)
        lines.appendField("Cross-Origin-Opener-Policy", "same-origin")
        lines.appendField("Referrer-Policy", "no-referrer")
        return lines.copy()
    }()
}
