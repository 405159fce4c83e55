internal import Answers
internal import HTTP

/// `/`, for who has come by the host's name alone: what this is and where to look. It says nothing
/// of this edge but whether there is a console.
enum FrontPage {
    static let withConsole = page("<li><a href=\"/console/\">Console</a></li>")
    static let without = page("")

    private static func page(_ console: String) -> BuiltInFile {
        let text = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>Pollex</title>
            <main>
            <h1>Pollex</h1>
            <p>This host keeps images and makes the sizes of them that a URL asks for:</p>
            <pre>/thumbs/640x480/&lt;hash&gt;.webp</pre>
            <ul>
            \(console)
            <li><a href="/openapi.json">The interface in words for programs (OpenAPI)</a></li>
            </ul>
            </main>
            </html>

            """
        return BuiltInFile(
            Array(text.utf8), type: Array("text/html; charset=utf-8".utf8), fieldLines: fieldLines)
    }

    private static let fieldLines: [UInt8] = {
        var lines = OutputBuffer()
        lines.appendField("Cache-Control", "no-cache")
        lines.appendField(
            "Content-Security-Policy",
            """
            default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; \
            frame-ancestors 'none'
            """)
        lines.appendField("Referrer-Policy", "no-referrer")
        return lines.copy()
    }()
}
