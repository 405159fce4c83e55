internal import CSeccomp
package import Rendition
package import WorkerLink

/// The walls of a worker, raised once: after everything that is loaded lazily has been loaded,
/// before the first byte of input. None of them can be taken down again, whatever runs here then.
///
/// Each holds where another one fails: a hole in the list of calls still finds no path (Landlock),
/// no right (no capabilities, no new privileges) and no descriptor but the job's.
package enum Sandbox {
    package struct Bounds: Sendable {
        /// Of address space: what is mapped, used or not.
        package var memoryBytes: UInt64
        /// Of one file, memory files included: the largest rendition.
        package var fileBytes: UInt64
        /// A job's input and output, the link, the standard three, and some to spare.
        package var descriptors: UInt64 = 16

        package init(memoryBytes: UInt64, fileBytes: UInt64) {
            (self.memoryBytes, self.fileBytes) = (memoryBytes, fileBytes)
        }
    }

    /// Returns those that hold; what the kernel lacks is for the edge to judge.
    package static func enter(_ bounds: Bounds) -> EnumSet<Wall> {
        var walls: EnumSet<Wall> = []
        // The other walls can not be raised without it, and every kernel that has one has it.
        guard CSeccomp_drop_privileges() == 0 else { return walls }
        if CSeccomp_limit(bounds.memoryBytes, bounds.fileBytes, bounds.descriptors) == 0 {
            walls.insert(.limits)
        }
        if CSeccomp_landlock() == 0 { walls.insert(.landlock) }
        if CSeccomp_filter() == 0 { walls.insert(.seccomp) }
        return walls
    }

    /// Processor time that the next job may use; what the last one left over is forfeited. An
    /// intruder may renew it too: against that stands the edge's deadline.
    package static func renewProcessorTime(seconds: UInt32) {
        _ = CSeccomp_renew_processor_time(seconds)
    }
}
