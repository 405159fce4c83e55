package import LinuxIO
package import Rendition
internal import Synchronization
package import WorkerLink

/// How the worker processes are run.
package struct WorkerConfiguration: Equatable, Sendable {
    /// The program, by its absolute path.
    package var program: String
    /// Jobs under way at the same time. One process more is kept ready, so that a worker that
    /// dies is replaced at once and not after a start of libvips; it is also the reserve that the
    /// source may have a job for when the others are busy.
    package var concurrency: Int
    /// Hits keep their latency while misses burn the cores (nice(2)).
    package var niceIncrement = 10
    /// A worker is replaced after so many jobs, so that fragmentation never adds up.
    package var jobsPerProcess = 1000
    /// The largest output taken from a worker.
    package var outputByteLimit = 256 * 1024 * 1024
    /// Address space of one worker.
    package var memoryByteLimit = 1 << 30
    /// Those that the kernel may lack.
    package var dispensableWalls: EnumSet<Wall> = []
    package var environment: [String] = []

    /// Without program and number it is what can be configured; who starts the workers adds both.
    package init(program: String = "", concurrency: Int = 0) {
        self.program = program
        self.concurrency = concurrency
    }
}

extension WorkerConfiguration {
    var wholeEnvironment: [String] {
        environment + [
            "POLLEX_WORKER_MEMORY_BYTES=\(memoryByteLimit)",
            "POLLEX_WORKER_OUTPUT_BYTES=\(outputByteLimit)",
            // Every further arena of malloc takes 64 MiB of the address space.
            "MALLOC_ARENA_MAX=1",
        ]
    }
}

/// What operators want to know of the pool.
package enum PoolEvent: Sendable {
    case states(starting: Int, idle: Int, busy: Int)
    /// - signal: 0 where it was ended for doing what no worker of ours does.
    /// - original: what it was at work on; `nil`: nothing.
    case crashed(signal: Int32, original: ContentHash?)
    case failedToStart(String)
    /// What one wrote on its standard output or error, in printable ASCII, and how many lines of
    /// them all were left out before it.
    case said(process: Int32, String, omitted: Int)
}

/// The worker processes: as many busy ones as configured, and one more where the source has a job
/// for it, each with one job at a time, replaced when they die. Lives on a thread of its own; jobs
/// are pulled from `source` when a worker is free, so that what waits, and in which order, is
/// decided elsewhere.
package final class WorkerPool: Sendable {
    /// The next job, called on the pool's thread when a worker is free. `held` is what one that has
    /// just become free was given last; `isReserve`: as many as configured are busy already.
    package typealias Source = @Sendable (_ held: JobInput?, _ isReserve: Bool) -> WorkerJob?

    private let status = PoolStatus()
    private let mailbox: Mailbox

    /// - Parameters:
    ///   - tick: called on the pool's thread, a few times a second.
    ///   - observe: called on the pool's thread.
    package init(
        _ configuration: WorkerConfiguration, source: @escaping Source,
        tick: @escaping @Sendable () -> Void,
        observe: @escaping @Sendable (PoolEvent) -> Void
    ) throws(SystemError) {
        let status = status
        let thread = try LoopThread.start(name: "workers") { loop in
            let crew = Crew(
                loop: loop, configuration: configuration, status: status, source: source,
                onTick: tick, observe: observe)
            loop.resident = crew
            crew.fill()
        }
        mailbox = thread.mailbox
    }

    /// Waits for the first worker; `nil` if ten starts failed in a row, or none came up within two
    /// minutes. One that lacks a wall it may not lack is returned as well, and gets no job.
    package func waitUntilReady() -> Greeting? { status.waitForFirst() }

    /// Whether at least one worker is there to take a job.
    package var isReady: Bool { status.liveCount > 0 }

    /// There may be a job for a free worker.
    package func poke() {
        mailbox.post { loop in (loop.resident as? Crew)?.feed() }
    }

    /// Kills the worker that runs the job, if one does: its `ended(.cancelled)` follows at once.
    package func cancel(_ jobID: JobID) {
        mailbox.post { loop in (loop.resident as? Crew)?.cancel(jobID) }
    }

    /// Kills all workers and starts no more. What they had answered before has been reported when
    /// it returns.
    package func stop() {
        let done = Semaphore()
        mailbox.post { loop in
            (loop.resident as? Crew)?.disband()
            loop.stop()
            done.signal()
        }
        done.wait(milliseconds: 5000)
    }
}
