import Testing
import Workers

/// What a worker says is not trusted with the log.
@Suite struct WorkerTalkTests {
    private func said(
        _ talk: inout WorkerTalk, _ text: String, at second: UInt64 = 0
    ) -> [(line: String, omitted: Int)] {
        var lines: [(line: String, omitted: Int)] = []
        talk.take(Array(text.utf8), now: second * 1_000_000_000) { lines.append(($0, $1)) }
        return lines
    }

    @Test func linesAreCleanAndShort() {
        var talk = WorkerTalk()
        let long = String(repeating: "a", count: 1000)
        let lines = said(
            &talk, "one\n\ntwo\u{1B}[31m\u{0}\u{7F}\r{\"event\":\"é\u{202E}\"}\n" + long)
        #expect(
            lines.map(\.line) == [
                "one", "two?[31m??", "{\"event\":\"?????\"}",
                String(repeating: "a", count: WorkerTalk.lineByteLimit) + "…",
            ])
    }

    @Test func aFloodIsCutAndCounted() {
        var talk = WorkerTalk()
        let flood = String(repeating: "x\n", count: 100)
        #expect(said(&talk, flood).count == WorkerTalk.burst)
        #expect(said(&talk, flood).isEmpty)
        // One more line a second.
        let next = said(&talk, "y\nz\n", at: 1)
        #expect(next.map(\.line) == ["y"])
        #expect(next.map(\.omitted) == [200 - WorkerTalk.burst])
        let later = said(&talk, flood, at: 1000)
        #expect(later.count == WorkerTalk.burst)
        #expect(later.map(\.omitted).reduce(0, +) == 1)
    }
}
