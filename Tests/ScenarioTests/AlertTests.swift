import Foundation
import Glibc
import TestSupport
import Testing

/// The whole way of an alert through the real Prometheus and Alertmanager, with the rules and the
/// routes of `conf/`; only intervals, addresses and the receiver are the test's.
@Suite(
    .enabled(
        if: ForeignProgram.areThere("prometheus", "prometheus-alertmanager"),
        "needs Debian's prometheus and prometheus-alertmanager"))
struct AlertTests {
    private static let configuration = Photos.root.appending(path: "conf").path
    private let folder: Scratch

    init() throws { folder = try Scratch() }

    /// Prints its port, then the name of every alert it is told of.
    private static let webhook = """
        import http.server, json
        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                for alert in body['alerts']:
                    # In one write: two requests may be told at once.
                    print(f"{alert['status']} {alert['labels']['alertname']} "
                          f"{alert['annotations']['summary']}\\n", end='', flush=True)
                self.send_response(200); self.end_headers()
            def log_message(self, *ignored): pass
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Hook)
        print('port', server.server_port, flush=True)
        server.serve_forever()
        """

    @Test(
        .disabled(if: Edge.isSanitized, "a sanitizer takes the signal and exits"),
        .timeLimit(.minutes(2)))
    func aCrashAndABrokenPictureReachTheWebhook() throws {
        let edge = try Edge()
        let hook = try ForeignProgram("/usr/bin/python3", ["-c", Self.webhook])
        let line = hook.awaitLine(seconds: 120) { $0.hasPrefix("port ") }
        let hookPort = try #require(line?.dropFirst("port ".count), "\(hook.output)")
        let alertmanager = try startAlertmanager(telling: String(hookPort))
        let prometheus = try startPrometheus(
            watching: edge.adminPort, telling: try port(of: alertmanager))
        let query = try port(of: prometheus)
        // A rise is seen only from a sample before it.
        #expect(
            try edge.waits {
                try scrapes(askedFrom: query) >= 2
            }, "\(prometheus.output)")
        let broken = Array(try Photos.pillow("PNG", size: (64, 64)).prefix(60))
        #expect(try edge.ask("POST", "/images", body: broken).status == 422)
        edge.signalWorkers(SIGSEGV)
        for alert in ["PollexWorkerCrashes", "PollexImagesRefused"] {
            #expect(
                hook.awaitLine(seconds: 120) { $0.hasPrefix("firing \(alert) ") } != nil,
                "\(alert): \(hook.output)\n\(prometheus.output)\n\(alertmanager.output)")
        }
        #expect(hook.output.contains("ended by SIGSEGV"), "\(hook.output)")
    }

    private func startAlertmanager(telling port: String) throws -> ForeignProgram {
        var text = try String(
            contentsOfFile: "\(Self.configuration)/alertmanager.yml", encoding: .utf8)
        text = text.replacing("http://127.0.0.1:9099/", with: "http://127.0.0.1:\(port)/")
        text = text.replacing("receiver: mail", with: "receiver: pager")
        text = text.replacing("group_wait: 30s", with: "group_wait: 1s")
        try text.write(
            toFile: "\(folder.path)/alertmanager.yml", atomically: false, encoding: .utf8)
        return try ForeignProgram(
            try #require(ForeignProgram.find("prometheus-alertmanager")),
            [
                "--config.file=\(folder.path)/alertmanager.yml",
                "--storage.path=\(folder.path)/alertmanager",
                "--web.listen-address=127.0.0.1:0", "--cluster.listen-address=",
            ])
    }

    private func startPrometheus(
        watching admin: UInt16, telling alertmanager: UInt16
    ) throws -> ForeignProgram {
        for name in ["prometheus.yml", "pollex.rules.yml"] {
            var text = try String(
                contentsOfFile: "\(Self.configuration)/prometheus/\(name)", encoding: .utf8)
            text = text.replacing("interval: 15s", with: "interval: 1s")
            text = text.replacing("127.0.0.1:9093", with: "127.0.0.1:\(alertmanager)")
            text = text.replacing("127.0.0.1:8081", with: "127.0.0.1:\(admin)")
            try text.write(toFile: "\(folder.path)/\(name)", atomically: false, encoding: .utf8)
        }
        return try ForeignProgram(
            try #require(ForeignProgram.find("prometheus")),
            [
                "--config.file=\(folder.path)/prometheus.yml",
                "--storage.tsdb.path=\(folder.path)/prometheus", "--web.listen-address=127.0.0.1:0",
                // An alert whose first telling was lost is told again at once, not in a minute.
                "--rules.alert.resend-delay=1s",
            ])
    }

    /// Both log `msg="Listening on" address=127.0.0.1:<port>`.
    private func port(of program: ForeignProgram) throws -> UInt16 {
        let line = program.awaitLine(seconds: 120) { $0.contains("Listening on") }
        let found = try #require(
            line?.firstMatch(of: /address=127\.0\.0\.1:([0-9]+)/), "\(program.output)")
        return try #require(UInt16(found.1))
    }

    private func scrapes(askedFrom port: UInt16) throws -> Int {
        let connection = try Connection(port: port)
        let query = "count_over_time(pollex_worker_crashes_total%7Bsignal=%22SIGSEGV%22%7D%5B1m%5D)"
        try connection.send(Edge.head("GET", "/api/v1/query?query=\(query)"))
        let text = try connection.readAnswer().text
        return text.firstMatch(of: /"value":\[[0-9.]+,"([0-9]+)"/).flatMap { Int($0.1) } ?? 0
    }
}
