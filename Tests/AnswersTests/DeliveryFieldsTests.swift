import Answers
import HTTP
import LinuxIO
import Testing

@Suite struct DeliveryFieldsTests {
    private static func lines(
        until expires: Int64, _ lifetime: DeliveryFields.Lifetime = .rendition
    ) -> String {
        var lines = OutputBuffer()
        DeliveryFields(takesClientHints: false)
            .append(until: expires, lasting: lifetime, to: &lines)
        return lines.copy().text
    }

    @Test func whatNeverChangesIsKeptForAYear() {
        #expect(
            Self.lines(until: 0).hasPrefix("Cache-Control: public, max-age=31536000, immutable\r\n")
        )
    }

    @Test func noCacheKeepsWhatEndsBeyondItsEnd() {
        #expect(Self.lines(until: 1).hasPrefix("Cache-Control: public, max-age=0, immutable\r\n"))
        let soon = Clock.wallMicroseconds() / 1_000_000 + 20
        let age = Self.lines(until: soon, .interim).firstMatch(of: /max-age=(\d+)\r\n/)
        #expect((Int(age?.output.1 ?? "") ?? .max) <= 20)
    }

    @Test(arguments: [(DeliveryFields.Lifetime.interim, 30), (.redirect, 60)])
    func whatIsSoonAskedAgainIsKeptForAMoment(lifetime: DeliveryFields.Lifetime, seconds: Int) {
        let lines = Self.lines(until: 0, lifetime)
        #expect(lines.hasPrefix("Cache-Control: public, max-age=\(seconds)\r\n"))
    }

    @Test(
        arguments: [
            (Variance(), ""), (Variance(accept: true), "Vary: Accept\r\n"),
            (Variance(hints: true), "Vary: Sec-CH-DPR, Sec-CH-Width\r\n"),
            (Variance(accept: true, hints: true), "Vary: Accept, Sec-CH-DPR, Sec-CH-Width\r\n"),
        ] as [(Variance, String)])
    func whatHadASayIsNamed(variance: Variance, line: String) {
        var lines = OutputBuffer()
        variance.append(to: &lines)
        #expect(lines.copy().text == line)
    }
}
