import Foundation
import HTTPServer
import LinuxIO
import Permission
import TestSupport
import Testing
import Text

@testable import Configuration

/// Where it listens, and who is taken at his word there.
@Suite struct ListenerSettingTests {
    private func load(
        _ document: String, environment: [UTF8String: String] = [:]
    ) throws -> Configuration {
        let scratch = try Scratch()
        let file = scratch.path("given.json5")
        try document.write(toFile: file, atomically: false, encoding: .utf8)
        return try Configuration.load(file: file, environment: environment, flags: [])
    }

    private func complaint(_ document: String) -> String {
        do {
            _ = try load(document)
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func theSimpleFormTrustsThisMachineOnly() throws {
        let listeners = try load("{ listen: ':8080' }").publicListeners
        #expect(listeners.count == 1)
        #expect(listeners[0].place.description == "0.0.0.0:8080")
        #expect(listeners[0].trusted == NetworkRange.loopback)
        #expect(listeners[0].proxyProtocol == .accepted)
        #expect(listeners[0].forwarding == .xForwardedFor)
    }

    @Test func eachSaysItsOwnAndTheRestIsSaidForAll() throws {
        let configuration = try load(
            """
            { listen: 'off', proxies: { trusted: ['192.0.2.0/24'], field: 'forwarded' },
              listeners: [
                { address: '[::1]:8090', proxy: 'required', trusted: ['10.0.0.0/8', '::1'] },
                { path: '/run/edge.sock', mode: '0600', group: 0, forwarded: 'off' },
                { address: ':80', proxy: 'off', trusted: [] } ] }
            """)
        let listeners = configuration.publicListeners
        #expect(
            listeners.map(\.place.description) == ["[::1]:8090", "/run/edge.sock", "0.0.0.0:80"])
        #expect(listeners.map(\.proxyProtocol) == [.required, .accepted, .off])
        #expect(listeners[0].trusted.map(\.description) == ["10.0.0.0/8", "::1"])
        #expect(listeners[1].trusted.map(\.description) == ["192.0.2.0/24"])
        #expect(listeners[2].trusted.isEmpty)
        #expect(listeners.map(\.forwarding) == [.forwarded, .none, .forwarded])
        #expect(listeners[1].place == .file(path: "/run/edge.sock", mode: 0o600, group: 0))
    }

    @Test func theyAreVariablesToo() throws {
        let configuration = try load(
            "{}",
            environment: [
                "POLLEX_LISTENERS": "[{ address: '127.0.0.1:9' }]",
                "POLLEX_PROXIES_TRUSTED": "10.0.0.0/8, 2001:db8::/32",
                "POLLEX_PROXIES_FIELD": "off",
            ])
        #expect(configuration.publicListeners.count == 2)
        #expect(configuration.proxies.trusted.count == 2)
        #expect(configuration.publicListeners[1].forwarding == .none)
        let none = try load("{}", environment: ["POLLEX_PROXIES_TRUSTED": ""])
        #expect(none.proxies.trusted.isEmpty)
    }

    /// One listener that others can reach is enough for tokens to be asked for; a file is for who
    /// passes on what others send.
    @Test(arguments: [
        ("{}", true), ("{ listeners: [{ address: '[::1]:1' }] }", true),
        ("{ listeners: [{ address: ':1' }] }", false), ("{ listeners: [{ path: '/a' }] }", false),
        ("{ listen: 'off', listeners: [{ address: '10.0.0.1:1' }] }", false),
    ])
    func everyListenerCountsForWhoNeedsNoToken(document: String, isLocal: Bool) throws {
        #expect(try load(document).uploadAccess == (isLocal ? .local : .token))
    }

    @Test(arguments: [
        ("{ listen: 'off' }", "listen: it is off, and listeners is empty"),
        ("{ listeners: {} }", "listeners: "), ("{ listeners: [1] }", "listeners[0]: 1 is not"),
        ("{ listeners: [{}] }", "listeners[0]: it needs either address or path"),
        ("{ listeners: [{ address: ':1', path: '/a' }] }", "either address or path"),
        ("{ listeners: [{ adress: ':1' }] }", "the nearest known one is listeners[0].address"),
        ("{ listeners: [{ address: '80' }] }", "listeners[0].address: \"80\" is not an address"),
        ("{ listeners: [{ address: ':1', mode: '0600' }] }", "mode and group are of a path"),
        ("{ listeners: [{ path: '/a', mode: '0800' }] }", "listeners[0].mode"),
        ("{ listeners: [{ path: '/a', mode: '7777' }] }", "listeners[0].mode"),
        ("{ listeners: [{ path: '/a', group: 'no such group' }] }", "a group of this machine"),
        ("{ listeners: [{ address: ':1', proxy: 'maybe' }] }", "\"required\" or \"off\""),
        ("{ listeners: [{ address: ':1', trusted: ['10.0.0.1/8'] }] }", "listeners[0].trusted"),
        ("{ listeners: [{ address: ':1', forwarded: 'via' }] }", "listeners[0].forwarded"),
        ("{ proxies: { trusted: ['everybody'] } }", "proxies.trusted"),
    ])
    func whatIsWrongIsNamed(document: String, reason: String) {
        let said = complaint(document)
        #expect(said.contains(reason), "\(said)")
    }

    @Test func pathsThatNoSocketCanHaveAreRefused() {
        let path = "/" + String(repeating: "a", count: 107)
        #expect(complaint("{ listeners: [{ path: '\(path)' }] }").contains("at most 107 bytes"))
    }
}
