import Foundation
import Glibc
import HTTPServer
import LinuxIO
import TestSupport
import Testing

/// Where a server listens, and whom it takes for its clients.
@Suite struct ListenerTests {
    private static func settings(
        _ proxy: ProxyProtocol = .off, trusting networks: [String] = ["127.0.0.1"],
        by field: ForwardingField = .none
    ) throws -> ListenerSettings {
        var settings = ListenerSettings(
            .address(try #require(SocketAddress(host: "127.0.0.1", port: 0))))
        settings.proxyProtocol = proxy
        settings.trusted = networks.compactMap { NetworkRange($0) }
        settings.forwarding = field
        return settings
    }

    private static let line = "PROXY TCP4 203.0.113.7 127.0.0.1 40000 80\r\n"
    private static let request = "GET /peer HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test(arguments: [
        line, "PROXY TCP6 2001:db8::7 ::1 40000 80\r\n",
        String(decoding: ProxyHeaderTests.block(), as: UTF8.self),
    ])
    func theClientIsWhomTheHeaderNames(header: String) throws {
        let server = try TestServer(listener: Self.settings(.required))
        let client = try server.connect()
        let bytes =
            header.utf8.first == 0x0D ? ProxyHeaderTests.block() : Array(header.utf8)
        try client.send(bytes + Array(Self.request.utf8))
        let expected = header.utf8.contains(0x3A) ? "2001:db8::7" : "203.0.113.7"
        #expect(try client.readAnswer().text == expected)
        try client.send(Self.request)
        #expect(try client.readAnswer().text == expected)
    }

    @Test func aHeaderInPiecesIsWaitedFor() throws {
        for proxy in [ProxyProtocol.required, .accepted] {
            let server = try TestServer(listener: Self.settings(proxy))
            for header in [Array(Self.line.utf8), ProxyHeaderTests.block()] {
                let client = try server.connect()
                for byte in header {
                    try client.send([byte])
                    sched_yield()
                }
                try client.send(Self.request)
                #expect(try client.readAnswer().text == "203.0.113.7")
            }
        }
    }

    @Test func aBalancersOwnCheckHasItsAddress() throws {
        let server = try TestServer(listener: Self.settings(.required))
        for header in [
            ProxyHeaderTests.block(command: 0x20, family: 0, []), Array("PROXY UNKNOWN\r\n".utf8),
        ] {
            let client = try server.connect()
            try client.send(header + Array(Self.request.utf8))
            #expect(try client.readAnswer().text == "127.0.0.1")
        }
    }

    @Test func whoDoesNotBeginWithItIsClosed() throws {
        let server = try TestServer(listener: Self.settings(.required))
        for start in [Self.request, "PROXY TCP4 nobody\r\n" + Self.request] {
            let client = try server.connect()
            try client.send(start)
            let (bytes, ending) = client.readToEnd()
            #expect(bytes == [] && ending != .silent)
        }
        // One that says nothing, after three seconds.
        let silent = try server.connect()
        #expect(silent.readToEnd().ending != .silent)
        #expect(server.server.ungreetedCount == 3)
        #expect(server.isLeftByAll())
    }

    @Test func whoIsNotTrustedIsClosedWhateverItSays() throws {
        let server = try TestServer(
            listener: Self.settings(.required, trusting: ["192.0.2.0/24"]))
        let client = try server.connect()
        _ = client.sendAsMuchAsGoes(Array((Self.line + Self.request).utf8))
        let (bytes, ending) = client.readToEnd()
        #expect(bytes == [] && ending != .silent)
        #expect(server.isLeftByAll())
    }

    @Test func whereItIsOffItIsNoRequest() throws {
        for settings in [
            try Self.settings(.off), try Self.settings(.accepted, trusting: ["192.0.2.1"]),
        ] {
            let server = try TestServer(listener: settings)
            let client = try server.connect()
            try client.send(Self.line + Self.request)
            #expect(try client.readAnswer().status == 400)
        }
    }

    @Test func itIsTakenOnlyOnceAndBeforeAnythingElse() throws {
        let server = try TestServer(listener: Self.settings(.accepted))
        let client = try server.connect()
        try client.send(Self.line + Self.line + Self.request)
        #expect(try client.readAnswer().status == 400)
        let second = try server.connect()
        try second.send(Self.request + Self.line + Self.request)
        #expect(try second.readAnswer().text == "127.0.0.1")
        #expect(try second.readAnswer().status == 400)
    }

    @Test func theLimitOfAnAddressIsThatOfTheClient() throws {
        for proxy in [ProxyProtocol.required, .accepted] {
            var limits = ServerLimits()
            limits.connectionsPerAddress = 2
            let server = try TestServer(limits: limits, listener: Self.settings(proxy))
            let kept = try (0..<2).map { index in
                let client = try server.connect()
                try client.send(Self.line + Self.request)
                #expect(try client.readAnswer().text == "203.0.113.7", "\(index)")
                return client
            }
            let third = try server.connect()
            _ = third.sendAsMuchAsGoes(Array((Self.line + Self.request).utf8))
            #expect(third.readToEnd().bytes == [])
            let other = try server.connect()
            try other.send("PROXY TCP4 203.0.113.8 127.0.0.1 1 2\r\n" + Self.request)
            #expect(try other.readAnswer().text == "203.0.113.8")
            for client in kept + [other, third] { client.close() }
            #expect(server.isLeftByAll())
        }
    }

    @Test func aTrustedPeerSaysWhoseRequestEachIs() throws {
        let server = try TestServer(listener: Self.settings(by: .xForwardedFor))
        let client = try server.connect()
        for address in ["203.0.113.7", "2001:db8::1"] {
            try client.get("/peer", fields: "X-Forwarded-For: 198.51.100.1, \(address)\r\n")
            #expect(try client.readAnswer().text == address)
        }
        try client.get("/peer")
        #expect(try client.readAnswer().text == "127.0.0.1")
        let strange = try TestServer(
            listener: Self.settings(trusting: ["192.0.2.1"], by: .xForwardedFor))
        let other = try strange.connect()
        try other.get("/peer", fields: "X-Forwarded-For: 203.0.113.7\r\n")
        #expect(try other.readAnswer().text == "127.0.0.1")
    }

    @Test func aFileIsAListenerForAllLoops() throws {
        let folder = try Scratch()
        let path = folder.path("edge.sock")
        let place = ListenerPlace.file(path: path, mode: 0o640, group: nil)
        var settings = ListenerSettings(place)
        settings.forwarding = .xForwardedFor
        let server = try TestServer(loopCount: 2, listener: settings)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
        for index in 0..<20 {
            let client = try Client(path: path)
            try client.get("/peer")
            #expect(try client.readAnswer().text == "unix:", "\(index)")
            try client.get("/peer", fields: "X-Forwarded-For: 203.0.113.7\r\n")
            #expect(try client.readAnswer().text == "203.0.113.7")
        }
        // While it listens nobody else does.
        #expect(throws: HTTPServer.Failure.self) { _ = try TestServer(listener: settings) }
        server.server.drain()
        // As fast as it goes they would be more than may be open.
        #expect(eventually { (try? Client(path: path)) == nil })
        // What is left of it is no hindrance.
        let next = try TestServer(listener: settings)
        let client = try Client(path: path)
        try client.get("/peer")
        #expect(try client.readAnswer().status == 200)
        #expect(next.server.places == [place])
    }

    @Test func anotherFileIsNotTouched() throws {
        let folder = try Scratch()
        let path = folder.path("kept")
        try "words".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: HTTPServer.Failure.self) {
            _ = try TestServer(
                listener: ListenerSettings(.file(path: path, mode: 0o600, group: nil)))
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "words")
    }
}
