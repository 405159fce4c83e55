import Foundation
import TestSupport
import Testing

/// Stands in front of a real store, or an edge, and does harm to its answers, on request.
final class StoreRelay {
    struct DidNotStart: Error {}

    enum Harm {
        case none
        /// Every request is answered so, and not passed on.
        case status(Int)
        /// No answer at all.
        case silence
        /// Of the content of every GET so many bytes a second.
        case slow(Int)
        /// The connection ends after so many bytes of content: of every GET, or of the first of
        /// each object only.
        case cut(Int, once: Bool)
        /// The second half of the content of every GET comes by ten bytes a second, until the harm
        /// is another one.
        case half
        /// One byte of the content of every GET is another one.
        case wrong
        /// What is put is not passed on before the harm is another one, and then only where who put
        /// it waits still.
        case heldPuts

        fileprivate var text: String {
            switch self {
            case .none: "none"
            case .status(let status): "status \(status)"
            case .silence: "silence"
            case .slow(let rate): "slow \(rate)"
            case .cut(let count, let once): "cut \(count) \(once ? "once" : "always")"
            case .half: "half"
            case .wrong: "wrong"
            case .heldPuts: "held"
            }
        }
    }

    let endpoint: String
    let port: UInt16
    private let folder: Scratch
    private let process = Process()
    private let lines = LineCollector()

    init(to endpoint: String) throws {
        folder = try Scratch()
        try folder.write(Array(Harm.none.text.utf8), to: "harm")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c", Self.script, folder.path("harm"), endpoint.replacing("http://", with: ""),
        ]
        process.standardOutput = lines.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        lines.start()
        let first = lines.await(seconds: 120) { $0.jsonObject["port"] != nil }
        guard let port = first?.jsonObject["port"] as? Int else { throw DidNotStart() }
        (self.endpoint, self.port) = ("http://127.0.0.1:\(port)", UInt16(port))
    }

    deinit {
        _ = kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func harm(by harm: Harm) throws { try folder.write(Array(harm.text.utf8), to: "harm") }

    /// `GET bytes=5-`, of all that came, in order.
    var requests: [String] { lines.lines.compactMap { $0.jsonObject["request"] as? String } }

    private static let script = #"""
        import http.client, json, select, sys, threading, time
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        lock, seen = threading.Lock(), set()
        def say(**line): sys.stdout.write(json.dumps(line) + '\n'); sys.stdout.flush()
        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def handle_one(self):
                kind, *words = open(sys.argv[1]).read().split()
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                with lock: say(request=(self.command + ' ' + self.headers.get('Range', '')).strip())
                if kind == 'silence': time.sleep(3600)
                while self.command == 'PUT' and open(sys.argv[1]).read() == 'held':
                    if select.select([self.connection], [], [], 0.02)[0]:
                        self.close_connection = True
                        return
                if kind == 'status':
                    self.send_response(int(words[0]))
                    self.send_header('Content-Length', '0')
                    return self.end_headers()
                host = http.client.HTTPConnection(sys.argv[2])
                try:
                    host.putrequest(self.command, self.path, skip_host=True,
                        skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in ('connection', 'expect'): host.putheader(name, value)
                    host.endheaders(body)
                    answer = host.getresponse()
                    content = bytearray(answer.read())
                except OSError:
                    self.close_connection = True
                    return
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ('connection', 'transfer-encoding'):
                        self.send_header(name, value)
                if 'Content-Length' not in answer.headers and answer.status != 204:
                    self.send_header('Content-Length', str(len(content)))
                self.end_headers()
                if self.command != 'GET' or answer.status not in (200, 206):
                    return self.wfile.write(content)
                if kind == 'wrong': content[len(content) // 2] ^= 1
                if kind == 'slow':
                    for start in range(0, len(content), int(words[0]) // 10):
                        self.wfile.write(content[start:start + int(words[0]) // 10])
                        time.sleep(0.1)
                    return
                if kind == 'half':
                    half = len(content) // 2
                    self.wfile.write(content[:half])
                    while open(sys.argv[1]).read() == 'half' and half < len(content):
                        self.wfile.write(content[half:half + 1])
                        half += 1
                        time.sleep(0.1)
                    content = content[half:]
                if kind == 'cut':
                    with lock: isFirst = self.path not in seen; seen.add(self.path)
                    if isFirst or words[1] == 'always':
                        self.wfile.write(content[:int(words[0])])
                        self.close_connection = True
                        return
                self.wfile.write(content)
            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one
            def log_message(self, *arguments): pass
        ThreadingHTTPServer.handle_error = lambda *arguments: None
        ThreadingHTTPServer.daemon_threads = True
        ThreadingHTTPServer.request_queue_size = 128
        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        say(port=server.server_port)
        server.serve_forever()
        """#
}
