/// What workers write on their standard output and error, on its way into the edge's log. A worker
/// may be in the hands of whoever made the picture that it decodes. So its words become lines of
/// ours: printable ASCII, short, and few.
///
/// A worker's pipe is read four times a second and once at its end, 4 KiB each time: what is more
/// fills the pipe and is then lost to the worker that writes it.
package struct WorkerTalk: Sendable {
    static let readByteCount = 4096
    package static let lineByteLimit = 400
    /// So many lines at once of all workers together, and then one a second.
    package static let burst = 20

    private var allowed = WorkerTalk.burst
    private var nextAllowance: UInt64 = 0
    private var omitted = 0

    private static let second: UInt64 = 1_000_000_000

    package init() {}

    /// Calls `say` with each line, and how many before it were left out.
    package mutating func take(
        _ bytes: [UInt8], now: UInt64, _ say: (String, _ omitted: Int) -> Void
    ) {
        refill(now)
        for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            guard allowed > 0 else {
                omitted += 1
                continue
            }
            allowed -= 1
            say(Self.printable(line), omitted)
            omitted = 0
        }
    }

    private mutating func refill(_ now: UInt64) {
        if allowed == Self.burst { nextAllowance = now + Self.second }
        guard now >= nextAllowance else { return }
        let seconds = (now - nextAllowance) / Self.second + 1
        allowed = min(Self.burst, allowed + Int(clamping: seconds))
        nextAllowance += seconds * Self.second
    }

    private static func printable(_ line: ArraySlice<UInt8>) -> String {
        let shown = line.prefix(lineByteLimit).map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: "?") }
        return String(decoding: shown, as: UTF8.self) + (line.count > shown.count ? "…" : "")
    }
}
