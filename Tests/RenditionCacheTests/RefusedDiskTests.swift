import Foundation
import TestSupport
import Testing

@testable import RenditionCache

/// Disks that refuse, each in a process of its own that gives up the right to write.
@Suite struct RefusedDiskTests {
    @Test func aFullDiskSuspendsWritingUntilThereIsRoom() async {
        await #expect(processExitsWith: .success) {
            let directory = try Scratch()
            var limits = RenditionCache.Limits()
            limits.retrySeconds = 0
            let cache = try RenditionCache(
                directory: directory.path, byteBudget: 16 << 20, limits: limits)
            let reader = cache.makeReader()
            #expect(await cache.insert(Sample(0)) == .stored)
            // The limit on a file's size is told like a full disk, but for the signal.
            signal(SIGXFSZ, SIG_IGN)
            unsafe setrlimit(
                __rlimit_resource_t(RLIMIT_FSIZE.rawValue),
                [rlimit(rlim_cur: 4096, rlim_max: rlim_t.max)])
            var outcome = InsertOutcome.stored
            var number = 1
            while outcome == .stored, number < 1000 {
                outcome = await cache.insert(Sample(number))
                number += 1
            }
            #expect(outcome == .suspended && cache.statistics.writing == .diskFull)
            #expect(reader.look(for: Sample(0)) == .right)
            #expect(reader.look(for: Sample(2000)) == .nothing)
            unsafe setrlimit(
                __rlimit_resource_t(RLIMIT_FSIZE.rawValue),
                [rlimit(rlim_cur: rlim_t.max, rlim_max: rlim_t.max)])
            while await cache.insert(Sample(3000)) == .suspended {}
            #expect(cache.statistics.writing == .active)
            #expect(reader.look(for: Sample(3000)) == .right)
            #expect(reader.look(for: Sample(0)) == .right)
        }
    }

    @Test func aReadOnlyDirectoryIsServedFromAndNotWritten() async {
        await #expect(processExitsWith: .success) {
            let directory = try Scratch()
            do {
                let cache = try RenditionCache(directory: directory.path, byteBudget: 16 << 20)
                for number in 0..<50 { await cache.insert(Sample(number)) }
                cache.close()
            }
            for file in try directory.generationFiles() { unsafe chmod(file, 0o444) }
            unsafe chmod(directory.path, 0o555)
            if getuid() == 0 { try #require(seteuid(65534) == 0) }
            let cache = try RenditionCache(directory: directory.path, byteBudget: 16 << 20)
            await cache.loaded()
            let reader = cache.makeReader()
            for number in 0..<50 { #expect(reader.look(for: Sample(number)) == .right) }
            #expect(await cache.insert(Sample(50)) == .suspended)
            #expect(cache.statistics.writing == .directoryUnusable)
            let receipt = await cache.purge(original: Sample.hash(0))
            #expect(receipt.count == 4 && !receipt.isDurable)
            #expect(reader.look(for: Sample(0)) == .nothing)
            if getuid() == 0 { try #require(seteuid(0) == 0) }
            unsafe chmod(directory.path, 0o755)
        }
    }
}
