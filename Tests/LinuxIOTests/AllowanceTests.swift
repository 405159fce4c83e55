import Foundation
import LinuxIO
import TestSupport
import Testing

/// A container is given what its control groups say, not what the machine has.
@Suite struct AllowanceTests {
    /// Files as the kernel shows them, by their path below the tree.
    private func allowance(
        _ membership: String, _ files: [String: String], affinity: Int = 8
    ) throws -> Allowance {
        let root = try Scratch()
        for (path, text) in files {
            let file = URL(filePath: root.path(path))
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("\(text)\n".utf8).write(to: file)
        }
        return Allowance(
            affinity: affinity, memoryByteCount: 16 << 30, membership: membership,
            groups: root.path)
    }

    @Test func withoutLimitsItIsTheMachine() throws {
        let files = [
            "cpu.max": "max 100000", "memory.max": "max",
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000",
        ]
        for membership in ["", "0::/\n", "0::/\n2:cpu:/\n3:memory:/\n", "nonsense\n:\n"] {
            let all = try allowance(membership, files)
            #expect(all.coreCount == 8 && all.memoryByteCount == 16 << 30)
        }
    }

    @Test func theSecondVersionCountsAllTheWayUp() throws {
        let files = [
            "pods/cpu.max": "350000 100000", "pods/memory.max": "max",
            "pods/a/cpu.max": "max 100000", "pods/a/memory.max": "1073741824",
            "pods/a/b/memory.max": "2147483648", "pods/other/cpu.max": "100000 100000",
        ]
        let own = try allowance("0::/pods/a/b\n", files)
        #expect(own.coreCount == 4 && own.memoryByteCount == 1 << 30)
    }

    @Test func theFirstVersionHasATreeForEachController() throws {
        let files = [
            "cpu,cpuacct/docker/cpu.cfs_quota_us": "150000",
            "cpu,cpuacct/docker/cpu.cfs_period_us": "100000",
            "memory/docker/memory.limit_in_bytes": "536870912",
            "cpuset/docker/cpu.cfs_quota_us": "1000",
        ]
        let membership = "5:memory:/docker\n4:cpu,cpuacct:/docker\n3:cpuset:/\n"
        let own = try allowance(membership, files)
        #expect(own.coreCount == 2 && own.memoryByteCount == 512 << 20)
    }

    /// In a container the path of the machine's tree is not there.
    @Test func theMountItselfCounts() throws {
        let files = ["cpu.max": "50000 100000", "memory.max": "268435456"]
        let own = try allowance("0::/kubepods/burstable/pod1\n", files)
        #expect(own.coreCount == 1 && own.memoryByteCount == 256 << 20)
    }

    @Test func affinityIsABoundOfItsOwn() throws {
        #expect(try allowance("0::/", ["cpu.max": "400000 100000"], affinity: 3).coreCount == 3)
        #expect(Allowance.own.coreCount >= 1)
    }
}
