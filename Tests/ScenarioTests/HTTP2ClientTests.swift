import Foundation
import TestSupport
import Testing

/// The clients that people have, each with many thumbnails of one edge at once, by HTTP/2 in TLS.
@Suite struct HTTP2ClientTests {
    private let folder: Scratch
    private let edge: Edge
    private let targets: [String]
    private var certificate: String { folder.path("a.crt") }
    private var origin: String { "https://localhost:\(edge.publicPorts[1])" }

    init() throws {
        folder = try Scratch()
        let (certificate, key) = (folder.path("a.crt"), folder.path("a.key"))
        let said = try run(
            CommandTests.program,
            ["tls", "self-signed", "localhost", "--certificate", certificate, "--key", key])
        try #require(said.status == 0, "\(said)")
        let identity = "{ certificate: '\(certificate)', key: '\(key)' }"
        edge = try Edge(settings: [
            "LISTENERS": "[{ address: '127.0.0.1:0', certificates: [\(identity)] }]"
        ])
        let hash = try edge.upload(try Photos.small(7))
        targets = (20..<120).map { "/thumbs/\($0)x/\(hash).jpg" }
    }

    /// They had one connection, as HTTP/2 lets them; Chromium begins several for a first picture.
    private func expectFewConnections(_ most: Double = 1) throws {
        let shaken = try edge.total("pollex_tls_handshakes_total")
        #expect((1...most).contains(shaken), "\(shaken)")
    }

    @Test(.enabled(if: ForeignProgram.areThere("node"))) func nodeIsServed() throws {
        let script = """
            const http2 = require("node:http2"), fs = require("node:fs")
            const [origin, certificate, ...targets] = process.argv.slice(1)
            const session = http2.connect(origin, { ca: fs.readFileSync(certificate) })
            let right = 0, left = targets.length
            for (const target of targets) {
                const stream = session.request({ ":path": target })
                let count = 0, head = {}
                stream.on("response", fields => { head = fields })
                stream.on("data", piece => { count += piece.length })
                stream.on("end", () => {
                    right += head[":status"] == 200 && head["content-length"] == count
                    if (--left == 0) {
                        console.log("right", right, session.alpnProtocol)
                        session.close()
                    }
                })
            }
            """
        let said = try run("/usr/bin/node", ["-e", script, origin, certificate] + targets)
        let output = String(decoding: said.output, as: UTF8.self)
        #expect(output == "right \(targets.count) h2\n", "\(said)")
        try expectFewConnections()
    }

    private static let hasHTTPX =
        (try? run("/usr/bin/python3", ["-c", "import httpx, h2"]).status) == 0

    @Test(.enabled(if: hasHTTPX)) func httpxIsServed() throws {
        let script = """
            import asyncio, httpx, sys
            origin, certificate, *targets = sys.argv[1:]
            async def main():
                async with httpx.AsyncClient(http2=True, verify=certificate, timeout=60) as client:
                    async def ask(target):
                        return await client.get(origin + target)
                    answers = [await ask(targets[0])]
                    answers += await asyncio.gather(*map(ask, targets[1:]))
                    print("right", sum(
                        answer.status_code == 200 and answer.http_version == "HTTP/2"
                        and int(answer.headers["content-length"]) == len(answer.content)
                        for answer in answers))
            asyncio.run(main())
            """
        let said = try run("/usr/bin/python3", ["-c", script, origin, certificate] + targets)
        let output = String(decoding: said.output, as: UTF8.self)
        #expect(output == "right \(targets.count)\n", "\(said)")
        try expectFewConnections()
    }

    @Test(.enabled(if: ForeignProgram.areThere("chromium", "python3")))
    func aPageOfManyThumbnailsIsShown() throws {
        let targets = targets.map { "\"\(origin)\($0)\"" }.joined(separator: ",")
        let page = """
            <!doctype html><script>
            async function show(target) {
                const image = new Image()
                image.src = target
                document.body.append(image)
                return image.decode().then(() => 1, () => 0)
            }
            onload = async () => {
                const [first, ...others] = [\(targets)]
                const shown = [await show(first), ...await Promise.all(others.map(show))]
                const body = String(shown.reduce((sum, one) => sum + one))
                await fetch("/", { method: "POST", body })
            }
            </script>
            """
        let server = try ForeignProgram(
            "/usr/bin/python3", ["-c", BrowserTests.server, page])
        let said = server.awaitLine(seconds: 60) { $0.hasPrefix("port ") }
        let port = try #require(said?.dropFirst(5))
        let browser = try ForeignProgram(
            "/usr/bin/chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=\(folder.path("profile"))", "--ignore-certificate-errors",
                "http://127.0.0.1:\(port)/",
            ])
        let report = server.awaitLine(seconds: 300) { $0.hasPrefix("report ") }
        #expect(report == "report \(self.targets.count)", "\(browser.output)")
        // By HTTP/1.1 a hundred would be asked for by six.
        try expectFewConnections(3)
    }
}
