import Glibc
import LinuxIO
import Rendition
import TestSupport
import Testing
import WorkerLink
import Workers

/// Real processes that do what they are told, good and bad.
@Suite struct WorkerPoolTests {
    enum Script: String, CaseIterable {
        case probe, refuse, crash, exit, hang, garbage
        case otherJob = "other-job"
        case noOutput = "no-output"
        case shortOutput = "short-output"
        case hugeOutput = "huge-output"
        case sharedOutput = "shared-output"
        case tooMuchShared = "too-much-shared"
        case halfClose = "half-close"
        case tooLarge = "too-large"
        case impossible, flood
        case anotherIndex = "another-index"
        case anotherKind = "another-kind"
        case floodOfNothing = "flood-of-nothing"
        case room
        case roomForLess = "room-for-less"
        case twoRooms = "two-rooms"
        case hugeRoom = "huge-room"
        case ownMemory = "own-memory"
        case noPicture = "no-picture"
        case threads, burn
        case otherSize = "other-size"

        var reports: [PoolUnderTest.Report] {
            switch self {
            case .probe: [.probed, .ended(.done)]
            case .refuse: [.refused("as asked"), .ended(.done)]
            case .sharedOutput: [.rendered([7, 8]), .ended(.done)]
            case .room: [.rendered([7, 8]), .ended(.done)]
            case .crash: [.ended(.crashed(signal: SIGABRT))]
            case .exit, .garbage, .otherJob, .noOutput, .shortOutput, .hugeOutput,
                .tooMuchShared, .tooLarge, .impossible, .flood, .anotherIndex, .anotherKind,
                .floodOfNothing, .roomForLess, .twoRooms, .hugeRoom, .ownMemory,
                .noPicture, .otherSize, .threads:
                [.ended(.crashed(signal: 0))]
            case .hang: [.ended(.timedOut)]
            case .burn: [.ended(.crashed(signal: SIGXCPU))]
            case .halfClose: [.ended(.crashed(signal: SIGKILL))]
            }
        }

        /// What is asked, so that its lie would be an answer to it.
        func request(_ job: JobID) -> WorkerRequest {
            switch self {
            case .noOutput, .shortOutput, .hugeOutput, .sharedOutput, .tooMuchShared,
                .anotherIndex, .anotherKind, .flood, .room, .roomForLess, .twoRooms, .hugeRoom,
                .ownMemory, .noPicture, .otherSize:
                .onePixel(job)
            case .burn: .probe(job, JobLimits(processorSeconds: 1), master: .unwanted)
            default: .probe(job, JobLimits(), master: .unwanted)
            }
        }
    }

    /// Whatever one job does to its worker, it is told once, and the next job finds another worker.
    @Test(arguments: Script.allCases)
    func aJobEndsOnceAndHarmsNoOther(script: Script) throws {
        let pool = try PoolUnderTest()
        let bad = try pool.add(
            script.rawValue, seconds: script == .hang ? 0 : 60, as: script.request)
        let good = try pool.add("probe")
        let reports = try #require(pool.reports(afterEndOf: 2))
        #expect(reports[bad] == script.reports)
        if case .ended(.crashed(let signal)) = script.reports.last {
            // Whose picture it was is told.
            let isTold = pool.nextEvent { event in
                guard case .crashed(signal, PoolUnderTest.original) = event else { return false }
                return true
            }
            #expect(isTold != nil)
        }
        #expect(reports[good] == [.probed, .ended(.done)])
        #expect(pool.reports(afterEndOf: 0)?.values.joined().count == script.reports.count + 2)
    }

    /// A worker that keeps the descriptors of all memory it was ever lent has nothing by them.
    @Test func lentMemoryIsTakenBack() throws {
        let pool = try PoolUnderTest()
        let recipe = Recipe(width: 1, height: 1, format: .explicit(.jpeg))
        let job = try pool.add("rooms-kept") {
            .render($0, RenderJob(outputs: [recipe, recipe, recipe]))
        }
        let reports = try #require(pool.reports(afterEndOf: 1))
        #expect(
            reports[job] == [.rendered([5]), .rendered([5]), .rendered([0]), .ended(.done)])
    }

    @Test func everyJobOfManyIsDoneOnceWhateverHappensToTheWorkers() throws {
        let pool = try PoolUnderTest(concurrency: 2)
        var expected: [UInt64: [PoolUnderTest.Report]] = [:]
        for index in 0..<60 {
            let script: Script = index % 7 == 3 ? .crash : index % 11 == 5 ? .exit : .probe
            expected[try pool.add(script.rawValue)] = script.reports
        }
        #expect(pool.reports(afterEndOf: 60) == expected)
    }

    /// What hangs does not end by itself: the second job is done beside it.
    @Test func theReserveTakesOneJobMoreWhereTheSourceHasOne() throws {
        let pool = try PoolUnderTest(hasReserve: true)
        let hanging = try pool.add("hang")
        #expect(pool.nextEvent { if case .states(_, _, 1) = $0 { true } else { false } } != nil)
        let next = try pool.add("probe")
        #expect(try #require(pool.reports(afterEndOf: 1))[next] == [.probed, .ended(.done)])
        pool.pool.cancel(.init(hanging))
        #expect(try #require(pool.reports(afterEndOf: 1))[hanging] == [.ended(.cancelled)])
    }

    @Test func aCancelledJobEndsAtOnce() throws {
        let pool = try PoolUnderTest()
        let job = try pool.add("hang")
        #expect(pool.nextEvent { if case .states(_, _, 1) = $0 { true } else { false } } != nil)
        pool.pool.cancel(.init(job))
        #expect(try #require(pool.reports(afterEndOf: 1))[job] == [.ended(.cancelled)])
        // One that has ended, and one that never was, are nobody's.
        pool.pool.cancel(.init(job))
        pool.pool.cancel(.init(1234))
        let next = try pool.add("probe")
        #expect(try #require(pool.reports(afterEndOf: 1))[next] == [.probed, .ended(.done)])
    }

    @Test func aWorkerIsReplacedAfterItsShareOfJobs() throws {
        let pool = try PoolUnderTest(jobsPerProcess: 2)
        var jobs: [UInt64] = []
        for _ in 0..<6 { jobs.append(try pool.add("pid", as: WorkerRequest.onePixel)) }
        let reports = try #require(pool.reports(afterEndOf: 6))
        var jobsOfProcess: [[UInt8]: Int] = [:]
        for job in jobs {
            guard case .rendered(let pid) = reports[job]?.first else {
                Issue.record("job \(job) was not rendered")
                continue
            }
            jobsOfProcess[pid, default: 0] += 1
        }
        #expect(jobsOfProcess.values.allSatisfy { $0 <= 2 })
    }

    /// A worker that is killed while it waits must not cost the next job anything.
    @Test func aJobIsNotBlamedForAWorkerThatWasDeadBefore() throws {
        let pool = try PoolUnderTest()
        for _ in 0..<10 {
            let asked = try pool.add("pid", as: WorkerRequest.onePixel)
            let reports = try #require(pool.reports(afterEndOf: 1))
            guard case .rendered(let text) = reports[asked]?.first,
                let pid = Int32(String(decoding: text, as: UTF8.self))
            else {
                Issue.record("no process told its number")
                return
            }
            kill(pid, SIGKILL)
            // Its end of the socket closes with it. Whether the pool has seen that is open.
            #expect(eventually { !isRunning(pid) })
        }
        let job = try pool.add("probe")
        #expect(try #require(pool.reports(afterEndOf: 1))[job] == [.probed, .ended(.done)])
    }

    private func isRunning(_ pid: Int32) -> Bool {
        guard let file = try? Files.open("/proc/\(pid)/stat", flags: O_RDONLY),
            let bytes = try? Files.read(file.rawValue, offset: 0, byteCount: 400)
        else { return false }
        return !String(decoding: bytes, as: UTF8.self).contains(") Z ")
    }

    /// One that no longer does what we wrote.
    @Test func whatAWorkerWritesIsAnEventAndHoldsUpNobody() throws {
        let pool = try PoolUnderTest()
        let job = try pool.add("say")
        #expect(
            try #require(pool.reports(afterEndOf: 1))[job] == [.refused("said"), .ended(.done)])
        let event = pool.nextEvent { if case .said = $0 { true } else { false } }
        guard case .said(let process, let text, omitted: 0) = event else {
            Issue.record("nothing was heard of it")
            return
        }
        #expect(process > 0 && text == "{\"event\":\"stopped\"}")
    }

    @Test(arguments: ["fail", "other-versions"])
    func startsThatFailAreToldAndPutOff(start: String) throws {
        let pool = try PoolUnderTest(start: start)
        var reasons: [String] = []
        while reasons.count < 3,
            case .failedToStart(let reason) = pool.nextEvent(where: {
                if case .failedToStart = $0 { true } else { false }
            })
        {
            reasons.append(reason)
        }
        #expect(reasons.count == 3)
    }

    @Test func aProgramThatIsNotThereIsAReason() throws {
        let pool = try PoolUnderTest(program: "/nonexistent/worker")
        let event = pool.nextEvent { if case .failedToStart = $0 { true } else { false } }
        guard case .failedToStart(let reason) = event else {
            Issue.record("it was not told")
            return
        }
        #expect(reason == "spawn: No such file or directory")
        #expect(!pool.pool.isReady)
    }

    @Test func stoppingEndsWhatIsUnderWay() throws {
        let pool = try PoolUnderTest()
        let job = try pool.add("hang")
        #expect(pool.nextEvent { if case .states(_, _, 1) = $0 { true } else { false } } != nil)
        pool.pool.stop()
        #expect(try #require(pool.reports(afterEndOf: 1))[job] == [.ended(.cancelled)])
    }
}

extension WorkerRequest {
    /// Of a picture of one pixel, as JPEG.
    fileprivate static func onePixel(_ job: JobID) -> WorkerRequest {
        let recipe = Recipe(width: 1, height: 1, format: .explicit(.jpeg))
        return .render(job, RenderJob(outputs: [recipe]))
    }
}
