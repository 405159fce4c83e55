/// How much may wait for the workers. Costs are estimated microseconds of one worker.
package struct AdmissionLimits: Hashable, Sendable {
    package struct PerLane: Hashable, Sendable {
        /// Share of the workers' time while other lanes have jobs too.
        package var weight: Int
        /// Jobs that may wait.
        package var jobs: Int
        /// Sum of the costs of jobs that may wait. One job may wait whatever it costs.
        package var cost: UInt64
        /// Jobs that may run at once.
        package var running: Int

        package init(weight: Int, jobs: Int, cost: UInt64, running: Int = .max) {
            precondition(weight > 0 && jobs > 0 && running > 0, "a lane where nothing moves")
            precondition(weight <= 1000, "a weight beyond reason")
            (self.weight, self.jobs, self.cost, self.running) = (weight, jobs, cost, running)
        }
    }

    package var small: PerLane
    package var large: PerLane
    package var background: PerLane
    /// Sum of the bytes that waiting jobs hold, over all lanes.
    package var bytes: UInt64
    package var workers: Int

    package init(
        small: PerLane = PerLane(weight: 8, jobs: 1024, cost: 20_000_000),
        large: PerLane = PerLane(weight: 3, jobs: 256, cost: 30_000_000),
        background: PerLane = PerLane(weight: 1, jobs: 4096, cost: 600_000_000),
        bytes: UInt64 = 256 << 20, workers: Int
    ) {
        precondition(workers > 0, "nobody would ever take a job")
        (self.small, self.large, self.background) = (small, large, background)
        (self.bytes, self.workers) = (bytes, workers)
    }

    package subscript(lane: Lane) -> PerLane {
        switch lane {
        case .small: small
        case .large: large
        case .background: background
        }
    }
}
