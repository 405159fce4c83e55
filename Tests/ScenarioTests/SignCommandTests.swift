import Foundation
import Testing

/// `pollex sign`, held against OpenSSL and Python.
@Suite struct SignCommandTests {
    private let hash = String(repeating: "0123456789abcdef", count: 4)

    private func sign(
        _ arguments: [String], settings: [String: String] = ["DELIVERY_SIGNING_KEYS": Signing.keys]
    ) throws -> (status: Int32, out: String, talk: String) {
        let process = Process()
        process.executableURL = Edge.products.appending(path: "pollex")
        process.arguments = ["sign"] + arguments
        var environment = ["SWIFT_BACKTRACE": "enable=no"]
        for (key, value) in settings { environment["POLLEX_\(key)"] = value }
        process.environment = environment
        let (out, talk) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (out, talk)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        // Both are short: neither pipe fills.
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: talk.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, said)
    }

    @Test func openSSLMakesTheSameSignature() throws {
        let signed = try sign([
            "/thumbs/300x200/\(hash)?quality=70&fit=cover", "--until", "4000000000",
        ])
        let covered = "/thumbs/300x200/\(hash)?expires=4000000000&fit=cover&quality=70"
        let code = try run(
            "/usr/bin/openssl",
            ["dgst", "-sha256", "-mac", "HMAC", "-macopt", "hexkey:\(Signing.secret)", "-binary"],
            input: Array("pollex-url-v1\nGET\n\(covered)".utf8))
        let text = Data(code.output).base64EncodedString().replacing("+", with: "-")
            .replacing("/", with: "_").replacing("=", with: "")
        #expect(signed.out == "\(covered)&signature=k1.\(text)\n" && signed.status == 0)
    }

    @Test func pythonMakesTheSameSignature() throws {
        for target in ["/optimized/\(hash)", "/originals/\(hash)", "/thumbs/9x/\(hash).avif?dpr=2"]
        {
            #expect(try sign([target]).out == "\(try Signing.sign(target))\n")
            let origin = "https://img.example.org:8443"
            #expect(try sign([origin + target]).out == "\(origin)\(try Signing.sign(target))\n")
        }
    }

    @Test func theEdgeTakesWhatItSigns() throws {
        let settings = ["DELIVERY_SIZES": "signed", "DELIVERY_SIGNING_KEYS": Signing.keys]
        let edge = try Edge(settings: settings)
        let hash = try edge.upload(try Photos.small(1))
        for options in [
            [], ["--key", "old"], ["--expires", "600"], ["--until", "2100-01-31T12:00:00Z"],
        ] {
            let signed = try sign(["/thumbs/80x/\(hash).jpg"] + options)
            #expect(signed.status == 0 && signed.talk.isEmpty, "\(signed)")
            #expect(try edge.ask(String(signed.out.dropLast())).status == 200)
        }
        let past = try sign(["/thumbs/80x/\(hash).jpg", "--until", "2001-01-31T12:00:00Z"])
        try edge.ask(String(past.out.dropLast())).expectProblem(410)
    }

    @Test func theExitStatusSaysWhoseFaultItIs() throws {
        let url = "/thumbs/9x9/\(hash)"
        #expect(try sign([url, "--key", "none"]).status == 1)
        #expect(try sign([url], settings: [:]).status == 1)
        for arguments in [
            [], [url, url], [url, "--key"], [url, "--what"], [url, "--expires", "x"],
            [url, "--expires", "-1"], [url, "--until", "tomorrow"],
            [url, "--expires", "1", "--until", "2"], ["/thumbs/9x9/x"], ["/images/\(hash)"],
            ["https://example.org"], ["\(url)?signature=k1.x"], ["\(url)?expires=9"],
            [url, "--config", "/none"],
        ] {
            let answer = try sign(arguments)
            #expect(answer.status == 2 && answer.out.isEmpty, "\(arguments): \(answer)")
            #expect(answer.talk.hasPrefix("pollex: "))
        }
        let bad = try sign(
            [url], settings: ["DELIVERY_SIGNING_KEYS": "[{id:'a',secret:'tiny word'}]"])
        #expect(bad.status == 2 && !bad.talk.contains("tiny"), "\(bad)")
        let help = try sign(["--help"])
        #expect(help.status == 0 && help.out.hasPrefix("usage: pollex sign"))
    }
}
