internal import ImageIndex
internal import LinuxIO
internal import PostgreSQL
internal import Rendition
internal import Store
internal import Synchronization

/// Asks the database for what the replica does not know, on a thread of its own: those who ask at
/// the same time are asked for together, and at most so many wait.
final class Lookups: Sendable {
    static let maximumWaiting = 1024
    private static let batchCount = 128

    private struct Question: Sendable {
        let hash: ContentHash
        let answer: @Sendable (Result<Bool, StoreError>) -> Void
    }

    private let queue = WorkQueue<Question>(maximumCount: maximumWaiting)
    private let records: SharedRecords
    private let local: LocalImageIndex
    private let asked = Atomic<UInt64>(0)

    init(_ line: Line, local: LocalImageIndex) throws(SystemError) {
        (records, self.local) = (SharedRecords(line), local)
        _ = try RunningThread(name: "index-ask") { [self] in run() }
    }

    var askedCount: UInt64 { asked.load(ordering: .relaxed) }

    func close() { queue.close() }

    /// Whether anything is known of it, which then is known here too.
    func find(_ hash: ContentHash) async throws(StoreError) -> Bool {
        let found = await withCheckedContinuation { continuation in
            let offer = queue.offer(Question(hash: hash) { continuation.resume(returning: $0) })
            switch offer {
            case .accepted: return
            case .full: continuation.resume(returning: .failure(.busy))
            case .closed: continuation.resume(returning: .failure(.closed))
            }
        }
        return try found.get()
    }

    private func run() {
        while let questions = queue.take(atMost: Self.batchCount, timeoutSeconds: 3600) {
            if questions.isEmpty { continue }
            asked.wrappingAdd(UInt64(questions.count), ordering: .relaxed)
            do throws(StoreError) {
                let known = try bring(Set(questions.map(\.hash)))
                for question in questions {
                    question.answer(.success(known.contains(question.hash)))
                }
            } catch {
                for question in questions { question.answer(.failure(error)) }
            }
        }
    }

    /// Most of what is asked for is nowhere: only where something is found does anybody who writes
    /// wait for the network.
    private func bring(_ hashes: Set<ContentHash>) throws(StoreError) -> Set<ContentHash> {
        let names = Dictionary(
            uniqueKeysWithValues: hashes.map { (StateKey.image($0).name, $0) })
        let found = try records.records(of: Array(names.keys)).keys
        if found.isEmpty { return [] }
        do throws(ImageIndexError) {
            _ = try local.follow {
                Result { () throws(StoreError) in
                    var feed = LocalImageIndex.Feed(position: 0)
                    for (name, record) in try records.records(of: Array(found)) {
                        feed.states.append((name, record.bytes))
                    }
                    return feed
                }
            }
        } catch { throw error == .away ? .away : .other(code: 0) }
        return Set(found.compactMap { names[$0] })
    }
}
