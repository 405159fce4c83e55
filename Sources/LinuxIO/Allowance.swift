internal import CLinux
internal import Glibc
internal import Text

/// What of the machine this process may use: the cores that its affinity (sched_getaffinity(2)) and
/// the processor quotas of its control groups leave, and the least of the machine's memory and
/// their limits. Control groups of version 2 and 1; a group is bound by all that it lies in.
package struct Allowance: Equatable, Sendable {
    package let coreCount: Int
    package let memoryByteCount: Int

    /// Of this process, now.
    package static var own: Allowance {
        Allowance(
            affinity: max(1, Int(CLinux_affinity_count())),
            memoryByteCount: sysconf(CInt(_SC_PHYS_PAGES)) * sysconf(CInt(_SC_PAGESIZE)),
            membership: Files.text(of: "/proc/self/cgroup"), groups: "/sys/fs/cgroup")
    }

    /// - Parameters:
    ///   - membership: `/proc/self/cgroup`.
    ///   - groups: where their tree is mounted.
    package init(affinity: Int, memoryByteCount: Int, membership: String, groups root: String) {
        var (cores, memory) = (affinity, memoryByteCount)
        for line in membership.fields(separatedBy: "\n") {
            // Number, controllers, path; of version 2 `0::` and a path.
            let words = line.fields(separatedBy: ":", maxSplits: 2, keepsEmpty: true)
            guard words.count == 3 else { continue }
            let controllers = words[1].fields(separatedBy: ",")
            let mounts =
                controllers.isEmpty
                ? ["", "/unified"] : ["/\(words[1])"] + controllers.map { "/\($0)" }
            for folder in mounts.flatMap({ Self.folders(from: root + $0, to: words[2]) }) {
                let group = ControlGroup(folder: folder)
                if let quota = group.coreQuota { cores = min(cores, Int(quota.rounded(.up))) }
                if let limit = group.memoryLimit { memory = min(memory, limit) }
            }
        }
        (coreCount, self.memoryByteCount) = (max(1, cores), max(0, memory))
    }

    /// The mount and what lies on the way from it. In a container the path may be that of the
    /// machine's tree, of which only the container's part is there, at the mount itself.
    private static func folders(from mount: String, to path: Substring) -> [String] {
        var folders = [mount]
        for part in path.fields(separatedBy: "/") {
            folders.append(folders[folders.count - 1] + "/\(part)")
        }
        return folders
    }
}

/// The limits of one control group, from its folder.
private struct ControlGroup {
    let folder: String

    /// Whole cores' worth of time; `nil` for no limit.
    var coreQuota: Double? {
        let both = numbers("cpu.max")
        let quota = both.first ?? numbers("cpu.cfs_quota_us").first
        let period = both.dropFirst().first ?? numbers("cpu.cfs_period_us").first
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return min(Double(quota) / Double(period), 1_048_576)
    }

    /// `nil` for no limit. Version 1 writes none as a number beyond every machine.
    var memoryLimit: Int? { (numbers("memory.max") + numbers("memory.limit_in_bytes")).first }

    /// None where the first word is `max`.
    private func numbers(_ name: String) -> [Int] {
        let words = Files.text(of: "\(folder)/\(name)").fields(separatedBy: " ")
            .map(\.withoutOuterBlanks)
        return words.first == "max" ? [] : words.compactMap { Int($0) }
    }
}
