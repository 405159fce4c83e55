internal import LinuxIO
internal import Synchronization

/// How far a command is, with rate and time left, on one line of standard error – where that is a
/// terminal, else not at all. Told from any thread.
final class Progress: Sendable {
    enum Unit: Sendable { case bytes, pieces }

    private let unit: Unit
    private let total: Int
    private let done = Atomic(0)
    private let ending = Semaphore()
    private let ended = Semaphore()
    private let startedAt = Clock.monotonicNanoseconds()
    private let isShown = Terminal.isTerminal(2)

    init(total: Int, _ unit: Unit) {
        (self.total, self.unit) = (total, unit)
        guard isShown else { return }
        do throws(SystemError) {
            _ = try RunningThread(name: "progress") { [self] in
                while !ending.wait(milliseconds: 200) { show() }
                show()
                Process.write(Array("\n".utf8).span, to: 2)
                ended.signal()
            }
        } catch {
            // Without a thread for it the work goes on unseen.
            ended.signal()
        }
    }

    func add(_ count: Int) { done.wrappingAdd(count, ordering: .relaxed) }

    /// The last line stays.
    func end() {
        guard isShown else { return }
        ending.signal()
        ended.wait()
    }

    private func show() {
        let seconds = Double(Clock.monotonicNanoseconds() &- startedAt) / 1e9
        let line = Self.line(
            done: done.load(ordering: .relaxed), total: total, unit: unit,
            seconds: seconds, columns: Terminal.columns(2))
        Process.write(Array("\r\(line)\u{1B}[K".utf8).span, to: 2)
    }

    /// `[#####-----]  50 %  12.3 MB/s  0:34 left`
    static func line(
        done: Int, total: Int, unit: Unit, seconds: Double, columns: Int
    ) -> String {
        let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
        let rate = seconds > 0 ? Double(done) / seconds : 0
        var parts = ["\(padded(Int(share * 100), to: 3)) %"]
        parts.append(unit == .bytes ? "\(tenths(rate / 1e6)) MB/s" : "\(tenths(rate))/s")
        if rate > 0, done < total {
            let left = Int(min(1e6, Double(total - done) / rate))
            parts.append("\(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left")
        }
        // In the last column a terminal may begin another line. What tells least goes first.
        let width = max(0, columns - 1)
        while parts.count > 1, parts.joined(separator: "  ").count > width { parts.removeLast() }
        let text = parts.joined(separator: "  ")
        let room = min(40, width - text.count - 3)
        guard room >= 5 else { return String(text.prefix(width)) }
        let filled = Int(share * Double(room))
        let bar = String(repeating: "#", count: filled)
        return "[\(bar)\(String(repeating: "-", count: room - filled))] \(text)"
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let text = String(number)
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
