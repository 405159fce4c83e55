package import LinuxIO
internal import Synchronization
package import Text

/// A folder whose files are taken in: everything that is complete in the tree below it goes the
/// way of an upload, and is then moved to `done/` or `failed/` under its relative path.
///
/// Complete is a file that was closed after writing or moved here, and that nobody has open for
/// writing; where that was not seen – at the start, after an overflow – one that stayed the same
/// over the settling time. One thread follows the tree; files are taken on the blocking pool, a
/// few at once. What is not taken stays where it is: memory holds no file that the folder does not.
package final class DropFolder: Sendable {
    package struct Settings: Equatable, Sendable {
        package var directory: String
        package var owner: UTF8String?
        package var byteLimit: Int
        package var settlingTime = Duration.seconds(2)
        /// Files on their way at once: uploads have the rest of the blocking pool.
        package var maximumInHand = 2
        /// Paths in memory; what is beyond is found again.
        package var capacity = 4096
        /// After what was left for another time, and where the tree can not be watched whole.
        package var pause = Duration.seconds(30)

        /// Without a directory it is what can be configured beside one.
        package init(directory: String = "", byteLimit: Int = .max) {
            (self.directory, self.byteLimit) = (directory, byteLimit)
        }
    }

    /// What happened to one file.
    package enum Report: Equatable, Sendable {
        case taken(isNew: Bool)
        case failed(reason: String, detail: String)
        case deferred(reason: String)
        /// Told once: there are names that are no UTF-8, this is one of them.
        case leftAlone(reason: String)
    }

    package enum OpeningError: Error {
        /// Another edge takes what is in there.
        case inUse
        case failed(SystemError)
    }

    /// The folder's own directory, for all who work in it.
    final class Root: Sendable {
        let directory: Directory
        init(_ directory: consuming Directory) { self.directory = directory }
    }

    private struct State {
        /// Taken since the thread last looked.
        var finished: [(path: UTF8String, fate: DroppedFile.Fate)] = []
        var isStopping = false
        var waiting = 0

        mutating func takeFinished() -> [(path: UTF8String, fate: DroppedFile.Fate)] {
            defer { finished = [] }
            return finished
        }
    }

    private let settings: Settings
    private let ingest: Ingest
    private let pool: BlockingPool
    private let report: @Sendable (_ path: UTF8String, Report) -> Void
    private let root: Root
    private let watch: DirectoryWatch
    private let state = Mutex(State())
    private let ended = Semaphore()

    /// Opens the folder, made where it is missing, and begins.
    package init(
        _ settings: Settings, ingest: Ingest, pool: BlockingPool,
        report: @escaping @Sendable (_ path: UTF8String, Report) -> Void
    ) throws(OpeningError) {
        (self.settings, self.ingest, self.pool, self.report) = (settings, ingest, pool, report)
        let isOurs: Bool
        do throws(SystemError) {
            root = Root(try Directory(at: settings.directory))
            watch = try DirectoryWatch()
            isOurs = try root.directory.lock()
            try root.directory.makeDirectory(DropTree.done.string)
            try root.directory.makeDirectory(DropTree.failed.string)
        } catch { throw .failed(error) }
        guard isOurs else { throw .inUse }
        do throws(SystemError) {
            _ = try RunningThread(name: "drop-folder") { [self] in
                run()
                ended.signal()
            }
        } catch { throw .failed(error) }
    }

    /// Files that are known to lie in the folder and are not taken yet.
    package var waitingCount: Int { state.withLock { $0.waiting } }

    /// Nothing more is taken.
    package func beginStopping() {
        state.withLock { $0.isStopping = true }
        watch.wake()
    }

    /// Waits for what is being taken, after `beginStopping`.
    package func waitUntilStopped(milliseconds: Int) { ended.wait(milliseconds: milliseconds) }

    // MARK: The thread

    private func run() {
        var tree = DropTree(root, watch)
        var queue = DropQueue<FileStamp>(
            capacity: settings.capacity, settlingTime: settings.settlingTime)
        var inHand = 0
        var nextLook: Duration?
        var hasToldOdd = false
        while true {
            for (path, fate) in state.withLock({ $0.takeFinished() }) {
                inHand -= 1
                queue.done(path)
                if fate.wantsAnotherLook {
                    nextLook = nextLook ?? Clock.monotonic() + settings.pause
                }
            }
            let isStopping = state.withLock { state in
                state.waiting = queue.count
                return state.isStopping
            }
            if isStopping {
                guard inHand > 0 else { return }
                watch.wait(milliseconds: -1)
                continue
            }
            let now = Clock.monotonic()
            if let due = nextLook, due <= now {
                nextLook = nil
                queue.lookAround()
            }
            lookAround(&tree, &queue, now)
            if !hasToldOdd, let path = tree.oddPath {
                hasToldOdd = true
                report(path, .leftAlone(reason: "its name is no UTF-8"))
            }
            if tree.isIncomplete { nextLook = nextLook ?? now + settings.pause }
            queue.settle(now: now) { tree.stamp(of: $0) }
            while inHand < settings.maximumInHand, let path = queue.next() {
                inHand += 1
                take(path)
            }
            watch.wait(milliseconds: Self.milliseconds(until: [queue.nextDue, nextLook]))
            for event in watch.read() { follow(event, &tree, &queue) }
        }
    }

    private func lookAround(
        _ tree: inout DropTree, _ queue: inout DropQueue<FileStamp>, _ now: Duration
    ) {
        guard queue.mustLookAround, queue.canLookAround else { return }
        queue.beginLookingAround()
        tree.enter("") { queue.found($0.path, $0.stamp, now: now) }
    }

    private func follow(
        _ event: DirectoryWatch.Event, _ tree: inout DropTree,
        _ queue: inout DropQueue<FileStamp>
    ) {
        let now = Clock.monotonic()
        switch event.change {
        case .overflowed: queue.lookAround()
        case .ended: tree.forget(event.watch)
        case .oddName(let name): tree.sawOdd(name, in: event.watch)
        case .written(let name):
            if let path = tree.path(of: name, in: event.watch) { queue.complete(path) }
        case .appeared(let name, isDirectory: true, _):
            if let path = tree.path(of: name, in: event.watch) {
                tree.enter(path) { queue.found($0.path, $0.stamp, now: now) }
            }
        case .appeared(let name, isDirectory: false, wasMoved: true):
            if let path = tree.path(of: name, in: event.watch) { queue.complete(path) }
        case .appeared(let name, isDirectory: false, wasMoved: false):
            // Being written, as a rule; but a hard link is never closed.
            if let path = tree.path(of: name, in: event.watch), let stamp = tree.stamp(of: path) {
                queue.found(path, stamp, now: now)
            }
        case .directoryLeft(let name):
            if let path = tree.path(of: name, in: event.watch) { tree.leave(path) }
        }
    }

    private func take(_ path: UTF8String) {
        let file = DroppedFile(root: root, path: path)
        var upload = Ingest.Upload(byteLimit: settings.byteLimit)
        upload.owner = settings.owner
        Task(executorPreference: pool) { [self, upload] in
            let fate = await file.take(by: ingest, upload)
            if let report = fate.report { self.report(path, report) }
            state.withLock { $0.finished.append((path, fate)) }
            watch.wake()
        }
    }

    /// -1 is without end; rounded up, so that it is due then.
    private static func milliseconds(until times: [Duration?]) -> Int32 {
        guard let next = times.compactMap({ $0 }).min() else { return -1 }
        return Int32(clamping: max(.zero, next - Clock.monotonic()).wholeMilliseconds + 1)
    }
}

extension DroppedFile.Fate {
    fileprivate var report: DropFolder.Report? {
        switch self {
        case .created: .taken(isNew: true)
        case .known: .taken(isNew: false)
        case .failed(let reason, let detail): .failed(reason: reason, detail: detail)
        case .deferred(let reason): .deferred(reason: reason)
        case .beingWritten, .gone: nil
        }
    }

    fileprivate var wantsAnotherLook: Bool {
        switch self {
        // Closing it tells, as a rule; not where it was only touched.
        case .deferred, .beingWritten: true
        case .created, .known, .failed, .gone: false
        }
    }
}
