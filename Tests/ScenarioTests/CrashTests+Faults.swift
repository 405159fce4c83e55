import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// The same while starting workers, opening files and fork fail at random.
extension CrashTests {
    /// `CRASH_FAULT_ROUNDS=200` for the long form.
    private static let faultRounds =
        ProcessInfo.processInfo.environment["CRASH_FAULT_ROUNDS"].flatMap { Int($0) } ?? 3

    private static let calls: Faults.Calls = [
        .fork, .open, .pipe, .duplicate, .processDescriptor, .socketPair, .memory, .flags,
    ]

    @Test(.disabled(if: Edge.isSanitized, "the sanitizers are in the same calls"))
    func acknowledgedUploadsSurviveWhatFailsAtRandom() throws {
        let folder = try Scratch()
        let faults = try Faults()
        var random = SeededGenerator(seed: 11)
        var acknowledged: [String: [UInt8]] = [:]
        var refusedStarts = 0
        for round in 0..<Self.faultRounds {
            // Every third one begins amid it.
            let perMille: Int32 = round % 3 == 2 ? Int32.random(in: 1...20, using: &random) : 0
            try fail(faults, perMille: perMille, &random)
            let edge: Edge
            do { edge = try Edge(folder: folder, faults: faults) } catch let reason
                as Edge.DidNotStart
            {
                #expect(reason.output.contains("pollex: "), "\(reason.output)")
                #expect(!reason.output.contains("trapped"), "\(reason.output)")
                refusedStarts += 1
                continue
            }
            try faults.heal()
            try verify(acknowledged, sample: 20, on: edge)
            try fail(faults, perMille: Int32.random(in: 5...30, using: &random), &random)
            let target = Int.random(in: 1...6, using: &random)
            let kept = whileWorkersDie(of: edge) {
                uploadUntilKilled(edge, round: 1000 + round, killAfter: target, refusals: 2)
            }
            #expect(!edge.output.contains("trapped"), "\(edge.output)")
            #expect(edge.process.terminationStatus == SIGKILL, "\(edge.output)")
            acknowledged.merge(kept) { first, _ in first }
        }
        try faults.heal()
        let edge = try Edge(folder: folder)
        try verify(acknowledged, sample: acknowledged.count, on: edge)
        try expectOnlyWholeImages(on: edge)
        #expect(acknowledged.count > 0)
        print("\(Self.faultRounds) rounds, \(refusedStarts) starts refused,", acknowledged.count)
    }

    private func fail(
        _ faults: Faults, perMille: Int32, _ random: inout SeededGenerator
    ) throws {
        try faults.failAtRandom(
            Self.calls,
            with: [EMFILE, ENFILE, ENOMEM, EAGAIN].randomElement(using: &random) ?? EMFILE,
            perMille: perMille, seed: random.next())
    }

    /// So that there are workers to be started: whenever one is there, one goes.
    private func whileWorkersDie<R>(of edge: Edge, _ body: () -> R) -> R {
        let (isOver, finished) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let (parent, port) = (edge.process.processIdentifier, edge.adminPort)
        Thread.detachNewThread {
            while isOver.wait(timeout: .now() + .milliseconds(300)) == .timedOut {
                guard let connection = try? Connection(port: port),
                    (try? connection.send(Edge.head("GET", "/readyz"))) != nil,
                    (try? connection.readAnswer())?.status == 200
                else { continue }
                if let worker = Edge.workers(of: parent).randomElement() { kill(worker, SIGKILL) }
            }
            finished.signal()
        }
        defer {
            isOver.signal()
            finished.wait()
        }
        return body()
    }
}
