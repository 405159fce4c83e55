import Foundation
import JSON
import Testing

@testable import Events
@testable import Notifications

@Suite struct MailRelayTests {
    private let relay = MailRelay(
        url: "smtp://127.0.0.1", sender: "pollex@a.example",
        recipients: ["ops@b.example", "night@b.example"], kinds: [.imageFailed])

    /// Python's e-mail package reads it as it was meant.
    @Test func othersCanReadTheMessage() throws {
        let name = String(repeating: "Ärger ", count: 100) + "\r\nBcc: everybody@c.example"
        let events = (0..<3).map { number in
            Event(.imageFailed, at: 1_700_000_000_000_000) { json in
                json.field("name", name)
                json.field("number", number)
            }
        }
        let message = relay.message(about: events, at: 1_700_000_000)
        #expect(message.allSatisfy { $0 < 0x80 })
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [
            "-c",
            """
            import sys, json, email, email.policy, email.utils
            m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
            print(json.dumps([m['From'], m['To'], m['Subject'], m['Bcc'], m['Message-ID'],
                email.utils.parsedate_to_datetime(m['Date']).timestamp(), m.get_content()]))
            """,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(message))
        try input.fileHandleForWriting.close()
        let read = try #require(
            JSONSerialization.jsonObject(with: output.fileHandleForReading.readDataToEndOfFile())
                as? [Any])
        #expect(read[0] as? String == "pollex@a.example")
        #expect(read[1] as? String == "ops@b.example, night@b.example")
        #expect(read[2] as? String == "Pollex: 3 events")
        #expect(read[3] is NSNull)
        #expect(read[4] as? String == "<\(events[0].id.text)@a.example>")
        #expect(read[5] as? Double == 1_700_000_000)
        let text = try #require(read[6] as? String)
        for event in events { #expect(text.contains("image.failed \(event.id.text)")) }
        #expect(text.contains("number: 2") && text.contains("Ärger Ärger"))
        #expect(text.contains("time: 2023-11-14T22:13:20.000Z"))
    }
}
