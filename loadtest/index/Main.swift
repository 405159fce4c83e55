import Foundation
import ImageIndex
import PostgreSQL
import Rendition
import SharedIndex

/// Fills an index with many documents and asks for pages of all kinds. See loadtest/README.md.
@main struct IndexBench {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let place = arguments.firstIndex(of: "--count").map { arguments[$0 + 1] }
        let count = place.flatMap { Int($0) } ?? 1_000_000
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "pollex-index-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let directory = folder.path(percentEncoded: false)
        let database = arguments.firstIndex(of: "--postgresql").map { arguments[$0 + 1] }
        let index: any ImageIndex
        if let database {
            let shared = try SharedImageIndex(
                .init(.init(database), edgeName: "bench"), directory: directory,
                options: .init(), contact: Contact { print("\($0)") })
            try shared.start { _ in }
            shared.waitForContact(milliseconds: 10_000)
            index = shared
        } else {
            index = try LocalImageIndex(directory: directory)
        }
        try await fill(index, count, folder)
        try await Pages(index: index, count: count).run()
        index.close()
    }

    /// Ten thousand at a time, by 256 tasks that share commits.
    private static func fill(_ index: any ImageIndex, _ count: Int, _ folder: URL) async throws {
        let step = 10_000
        var costs: [(wall: Double, processor: Double)] = []
        for start in stride(from: 0, to: count, by: step) {
            let (begun, used) = (ContinuousClock.now, processorSeconds())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<256 {
                    group.addTask {
                        for number in stride(
                            from: start + lane, to: min(start + step, count), by: 256)
                        {
                            _ = try await index.put(Sample.document(number, of: count))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let wall = (ContinuousClock.now - begun) / .microseconds(1) / Double(step)
            costs.append((wall, (processorSeconds() - used) * 1_000_000 / Double(step)))
        }
        // The first step begins with an empty tree; the last ones are averaged against noise.
        let (first, last) = (costs[min(1, costs.count - 1)], mean(costs.suffix(5)))
        var file = stat()
        _ = unsafe stat(folder.appending(path: "data.mdb").path(percentEncoded: false), &file)
        let bytes = Int(file.st_blocks) * 512 / count
        print("\(count) documents, \(bytes) bytes each on the disk")
        print(format("insert at 10 k", first.wall, first.processor))
        print(format("insert at the end", last.wall, last.processor))
        print(
            "insert, end / 10 k: \(rounded(last.wall / first.wall)) of the time, "
                + "\(rounded(last.processor / first.processor)) of the processor\n")
    }

    private static func mean(
        _ costs: ArraySlice<(wall: Double, processor: Double)>
    ) -> (wall: Double, processor: Double) {
        let sum = costs.reduce((0, 0)) { ($0.0 + $1.wall, $0.1 + $1.processor) }
        return (sum.0 / Double(costs.count), sum.1 / Double(costs.count))
    }

    private static func format(_ name: String, _ wall: Double, _ processor: Double) -> String {
        "\(name): \(rounded(wall)) µs, \(rounded(processor)) µs of processor time"
    }

    static func rounded(_ value: Double) -> String { String(format: "%.2f", value) }

    private static func processorSeconds() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }
}
