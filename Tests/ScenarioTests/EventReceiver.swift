import Foundation
import Glibc
import TestSupport
import Testing

/// A webhook's or a mail server's other end, in Python, as others would write it.
final class EventReceiver {
    struct DidNotStart: Error {}

    /// One attempt as it came in.
    struct Attempt: Equatable {
        let id: String
        let type: String
        /// By Python's `hmac`, or by the mail server's own reading.
        let isGenuine: Bool
        let hash: String?
        let text: String
    }

    static let secret = "whsec_" + Data((0..<32).map { UInt8($0 * 7) }).base64EncodedString()

    let port: Int
    private let process = Process()
    private let lines = LineCollector()
    private let folder: Scratch

    /// - Parameter answers: a Python expression of the status, of `id`, the number of the `attempt`
    ///   at that event, and `flag`, whether `raiseFlag` was called; `None` never answers.
    /// - Parameter raw: a Python expression of the same, and of `itertools`: the pieces of the
    ///   whole answer; `None`: one by `answers`.
    static func webhook(answers: String = "204", raw: String = "None") throws -> EventReceiver {
        let script = webhookScript.replacing("STATUS", with: answers)
        return try EventReceiver(script: script.replacing("RAW", with: raw))
    }

    /// Asks for the login `pollex`, `pass word`.
    static func mailServer() throws -> EventReceiver { try EventReceiver(script: mailScript) }

    private init(script: String) throws {
        folder = try Scratch()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script, Self.secret, folder.path + "/flag"]
        process.standardOutput = lines.pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        lines.start()
        let first = lines.await(seconds: 120) { $0.jsonObject["port"] != nil }
        guard let port = first?.jsonObject["port"] as? Int else { throw DidNotStart() }
        self.port = port
    }

    deinit {
        // It inherits the signals that the tests' threads block, SIGTERM among them.
        _ = kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    func raiseFlag() throws { try folder.write([], to: "flag") }

    var attempts: [Attempt] { lines.lines.compactMap(Self.attempt) }

    /// The first attempt that passes, waiting for it.
    func attempt(where passes: (Attempt) -> Bool) -> Attempt? {
        lines.await(seconds: 120) { line in Self.attempt(line).map(passes) ?? false }
            .flatMap(Self.attempt)
    }

    /// The edge's setting that names it.
    func setting(events: [String] = []) -> String {
        let list = events.map { "'\($0)'" }.joined(separator: ",")
        return "{url: 'http://127.0.0.1:\(port)/hook', secret: '\(Self.secret)'"
            + (events.isEmpty ? "}" : ", events: [\(list)]}")
    }

    private static func attempt(_ line: String) -> Attempt? {
        let object = line.jsonObject
        guard let id = object["id"] as? String, let type = object["type"] as? String,
            let isGenuine = object["genuine"] as? Bool
        else { return nil }
        return Attempt(
            id: id, type: type, isGenuine: isGenuine, hash: object["hash"] as? String,
            text: object["text"] as? String ?? "")
    }

    private static let webhookScript = #"""
        import base64, collections, hashlib, hmac, itertools, json, os, sys, threading, time
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        key = base64.b64decode(sys.argv[1].removeprefix('whsec_'))
        counts, lock = collections.Counter(), threading.Lock()
        def say(**line): sys.stdout.write(json.dumps(line) + '\n'); sys.stdout.flush()
        class Handler(BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def do_GET(self): self.do_POST()
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('content-length', 0)))
                id, at = self.headers['webhook-id'], self.headers['webhook-timestamp']
                signed = f'{id}.{at}.'.encode() + body
                code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
                genuine = hmac.compare_digest('v1,' + code, self.headers['webhook-signature'])
                genuine = genuine and abs(time.time() - int(at)) < 60 and self.command == 'POST'
                genuine = genuine and self.path == '/hook'
                event = json.loads(body)
                with lock:
                    counts[id] += 1
                    attempt = counts[id]
                    flag = os.path.exists(sys.argv[2])
                    say(id=id, type=event['type'], genuine=genuine, text=body.decode(),
                        hash=event['data'].get('hash'))
                raw = RAW
                if raw is not None:
                    self.close_connection = True
                    for piece in raw: self.wfile.write(piece)
                    return
                status = STATUS
                if status is None: time.sleep(3600)
                self.send_response(status)
                if 300 <= status < 400: self.send_header('Location', '/elsewhere')
                self.send_header('Content-Length', '0')
                self.end_headers()
            def log_message(self, *arguments): pass
        # A client that was killed is no news.
        ThreadingHTTPServer.handle_error = lambda *arguments: None
        server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        say(port=server.server_port)
        server.serve_forever()
        """#

    private static let mailScript = #"""
        import asyncio, email, email.policy, json, re, sys
        from aiosmtpd.smtp import SMTP, AuthResult
        def say(**line): sys.stdout.write(json.dumps(line) + '\n'); sys.stdout.flush()
        class Handler:
            async def handle_DATA(self, server, session, envelope):
                m = email.message_from_bytes(envelope.content, policy=email.policy.default)
                text = m.get_content()
                genuine = (envelope.mail_from == m['From'] == 'pollex@a.example'
                    and envelope.rcpt_tos == ['ops@b.example', 'night@b.example']
                    and session.authenticated)
                for type, id in re.findall(r'^([a-z]+\.[a-z]+) (evt_[0-9a-f]{32})$', text, re.M):
                    say(id=id, type=type, genuine=genuine, text=f"{m['Subject']}\n{text}")
                return '250 OK'
        def check(server, session, envelope, mechanism, data):
            right = data.login == b'pollex' and data.password == b'pass word'
            return AuthResult(success=right)
        def make(): return SMTP(Handler(), authenticator=check, auth_required=True,
            auth_require_tls=False)
        async def serve():
            server = await asyncio.get_running_loop().create_server(make, '127.0.0.1', 0)
            say(port=server.sockets[0].getsockname()[1])
            await server.serve_forever()
        asyncio.run(serve())
        """#
}
