import Foundation
import TestSupport
import Testing

/// A real browser, opened at the machine where a default edge runs, with a page of somebody else's.
@Suite struct BrowserTests {
    /// Serves the page, prints what the page reports.
    static let server = """
        import http.server, sys
        page = sys.argv[1].encode()
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self): self.answer(page)
            def do_POST(self):
                report = self.rfile.read(int(self.headers["Content-Length"]))
                print("report", report.decode(), flush=True)
                self.answer(b"")
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print("port", server.server_port, flush=True)
        server.serve_forever()
        """

    /// Reads what it can, changes what it can, and says what it got.
    private static let page = """
        <!doctype html><iframe name="frame"></iframe><script>
        const asked = new URLSearchParams(location.search), seen = {}
        const hash = asked.get("hash"), edge = asked.get("edge"), admin = asked.get("admin")
        async function go(name, url, init) {
            try {
                const answer = await fetch(url, init)
                seen[name] = answer.type == "opaque" ? "opaque" : String(answer.status)
                return await answer.blob()
            } catch (error) { seen[name] = "unreadable" }
        }
        (async () => {
            const here = "http://localhost:" + edge, operators = "http://localhost:" + admin
            const blind = { method: "POST", mode: "no-cors" }
            const image = await go("delivery", `${here}/thumbs/50x/${hash}.jpg`)
            await go("index", `${here}/images`)
            await go("document", `${here}/images/${hash}`)
            await go("named", `http://evil.example:${edge}/images`)
            await go("delete", `${here}/images/${hash}?block=1`, { method: "DELETE" })
            await go("put", `${here}/originals/${hash}`, { method: "PUT", body: image })
            const text = new Blob([image], { type: "text/plain" })
            await go("upload", `${here}/images`, { ...blind, body: text })
            const form = new FormData()
            form.append("file", image, "a.jpg")
            await go("form", `${here}/images`, { ...blind, body: form })
            await go("metrics", `${operators}/metrics`)
            await go("purge", `${operators}/purge/${hash}`, blind)
            await go("purge by name", `http://evil.example:${admin}/purge/${hash}`, blind)
            await go("drain", `${operators}/drain`, blind)
            const sent = document.createElement("form")
            Object.assign(sent, { method: "post", target: "frame", action: `${operators}/drain` })
            document.body.append(sent)
            const left = new Promise(done => {
                frames.frame.onunload = done
                setTimeout(done, 5000)
            })
            sent.submit()
            await left
            await fetch("/", { method: "POST", body: JSON.stringify(seen) })
        })()
        </script>
        """

    @Test(.enabled(if: ForeignProgram.areThere("chromium", "python3")))
    func aPageThatSomebodyLooksAtDoesNothing() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(1))
        let target = "/thumbs/50x/\(hash).jpg"
        #expect(try edge.ask(target).status == 200)
        // Its file is there.
        #expect(try edge.reaches("pollex_cache_insertions_total", 1))
        #expect(try edge.ask(target).isHit)
        let files = edge.folder.storedFiles
        let server = try ForeignProgram(
            "/usr/bin/python3", ["-c", Self.server, Self.page])
        let said = server.awaitLine(seconds: 60) { $0.hasPrefix("port ") }
        let port = try #require(said?.dropFirst(5))
        let profile = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
        defer { try? FileManager.default.removeItem(at: profile) }
        let query = "hash=\(hash)&edge=\(edge.port)&admin=\(edge.adminPort)"
        let browser = try ForeignProgram(
            "/usr/bin/chromium",
            [
                // It runs as whoever runs the tests, in containers as root; the page is ours.
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=\(profile.path)",
                "--host-resolver-rules=MAP evil.example 127.0.0.1",
                "http://evil.example:\(port)/?\(query)",
            ])
        let report = server.awaitLine(seconds: 300) { $0.hasPrefix("report ") }
        let seen = try #require(report, "\(browser.output)").dropFirst(7)
        let found = String(seen).jsonObject as? [String: String] ?? [:]
        // It is the page that can not, not the test.
        #expect(found["delivery"] == "200", "\(found)")
        for name in [
            "index", "document", "named", "delete", "put", "metrics", "upload", "form", "purge",
            "purge by name", "drain",
        ] {
            #expect(found[name] == "unreadable", "\(name): \(found)")
        }
        #expect(try edge.ask("/images").object["total"] as? Int == 1)
        #expect(edge.folder.storedFiles == files)
        #expect(try edge.ask(target).isHit)
        #expect(try edge.becomesReady())
        let loads = try edge.total("pollex_requests_total{route=\"upload\",status=\"403\"}")
        #expect(loads > 0, "none came")
    }
}
