internal import LinuxIO
internal import Synchronization

/// Several threads that share a list of things to do.
enum Crowd {
    /// Calls `body` once for every index below `count`; each thread first makes what it works with.
    static func run<Tool>(
        _ count: Int, threads: Int, tool: @escaping @Sendable () -> Tool,
        _ body: @escaping @Sendable (Int, Tool) -> Void
    ) throws(CommandFailure) {
        let ended = Semaphore()
        let work = Work(count: count)
        let size = max(1, min(threads, count))
        for number in 0..<size {
            do throws(SystemError) {
                _ = try RunningThread(name: "client-\(number)") {
                    let tool = tool()
                    while let index = work.take() { body(index, tool) }
                    ended.signal()
                }
            } catch { throw .failed("\(error)") }
        }
        for _ in 0..<size { ended.wait() }
    }

    private final class Work: Sendable {
        private let next = Atomic(0)
        private let count: Int
        init(count: Int) { self.count = count }
        func take() -> Int? {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            return index < count ? index : nil
        }
    }
}
