import Testing

@testable import Telemetry

@Suite struct MetricsTests {
    private func request(
        _ route: Route, _ status: UInt16, nanoseconds: UInt64 = 30_000, cache: CacheResult = .hit
    ) -> RequestRecord {
        RequestRecord(
            requestID: 1, startedAtMicroseconds: 0, durationNanoseconds: nanoseconds, method: .get,
            route: route, status: status, byteCount: 0, cacheResult: cache)
    }

    private func record(_ request: RequestRecord, in metrics: Metrics, loop: Int = 0) {
        let nothing: [UInt8] = []
        metrics.loops[loop].record(request, target: nothing.span, remote: nothing.span)
    }

    private func lines(_ metrics: Metrics) -> [String] {
        String(decoding: metrics.exposition(), as: UTF8.self).split(separator: "\n").map(
            String.init)
    }

    @Test func addsUpTheLoops() {
        let metrics = Metrics(loopCount: 2)
        record(request(.thumbs, 200), in: metrics)
        record(request(.thumbs, 200), in: metrics, loop: 1)
        record(request(.images, 404, cache: .none), in: metrics, loop: 1)
        metrics.loops[0].count(.cacheHits, 2)
        metrics.loops[1].count(.cacheHits)
        metrics.count(.cacheHits, 4)
        let text = lines(metrics)
        #expect(text.contains(#"pollex_requests_total{route="thumbs",status="200"} 2"#))
        #expect(text.contains(#"pollex_requests_total{route="images",status="404"} 1"#))
        #expect(text.contains("pollex_cache_hits_total 7"))
        #expect(metrics.value(of: .cacheHits) == 7)
    }

    @Test(arguments: Array(StatusTable.codes.enumerated()))
    func everyListedStatusHasItsPlace(place: Int, status: UInt16) {
        #expect(StatusTable.place(of: status) == place)
        #expect(StatusTable.label(of: place) == String(status))
    }

    @Test(arguments: [0, 99, 208, 299, 418, 599, 999] as [UInt16])
    func anUnlistedStatusIsOther(status: UInt16) {
        #expect(StatusTable.label(of: StatusTable.place(of: status)) == "other")
    }

    @Test func gaugesAreSumsAndMayFall() {
        let metrics = Metrics(loopCount: 2)
        metrics.loops[0].adjust(.connections, by: 3)
        metrics.loops[1].adjust(.connections, by: 2)
        metrics.loops[0].adjust(.connections, by: -1)
        metrics.set(.cacheBytes, 10)
        metrics.set(.cacheBytes, 4)
        metrics.adjust(.workersBusy, by: 1)
        metrics.adjust(.workersBusy, by: -1)
        let text = lines(metrics)
        #expect(text.contains("pollex_connections 4"))
        #expect(text.contains("pollex_cache_bytes 4"))
        #expect(text.contains(#"pollex_workers{state="busy"} 0"#))
    }

    @Test func histogramsAreCumulativeAndEndWithSumAndCount() {
        let metrics = Metrics(loopCount: 1)
        record(request(.thumbs, 200, nanoseconds: 25_000), in: metrics)
        record(request(.thumbs, 200, nanoseconds: 25_001), in: metrics)
        record(request(.thumbs, 200, nanoseconds: 40_000_000_000), in: metrics)
        let name = "pollex_request_duration_seconds"
        let series = #"route="thumbs",cache="hit""#
        let text = lines(metrics)
        #expect(text.contains("\(name)_bucket{\(series),le=\"2.5e-05\"} 1"))
        #expect(text.contains("\(name)_bucket{\(series),le=\"5e-05\"} 2"))
        #expect(text.contains("\(name)_bucket{\(series),le=\"30\"} 2"))
        #expect(text.contains("\(name)_bucket{\(series),le=\"+Inf\"} 3"))
        #expect(text.contains("\(name)_sum{\(series)} 40.000050001"))
        #expect(text.contains("\(name)_count{\(series)} 3"))
    }

    @Test func boundsAndTheirLabelsAgree() {
        #expect(DurationBuckets.bounds.count + 1 == DurationBuckets.count)
        #expect(DurationBuckets.cellCount == DurationBuckets.count + 1)
        for (bound, label) in zip(DurationBuckets.bounds, DurationBuckets.labels) {
            #expect(Double(label) == Double(bound) / 1e9)
        }
    }

    @Test func recordsDurationsFromAnyThread() {
        let metrics = Metrics(loopCount: 1)
        metrics.record(.queueWait, .milliseconds(3))
        metrics.record(.queueWait, .seconds(-1))
        let text = lines(metrics)
        #expect(text.contains("pollex_queue_wait_seconds_sum 0.003"))
        #expect(text.contains("pollex_queue_wait_seconds_count 2"))
    }

    @Test func escapesLabelValues() {
        let metrics = Metrics(
            loopCount: 0, build: [("version", "1.0"), ("note", "a\"b\\c\nd")])
        #expect(
            lines(metrics).contains(
                #"pollex_build_info{version="1.0",note="a\"b\\c\nd"} 1"#))
    }

    @Test func everyMetricIsDeclaredOnceWithHelpAndType() {
        let counters = Counter.families.flatMap { $0.series.map(\.metric) }
        #expect(counters.count == Counter.allCases.count)
        #expect(Set(counters) == Set(Counter.allCases))
        #expect(Set(Gauge.families.flatMap { $0.series.map(\.metric) }) == Set(Gauge.allCases))
        #expect(Set(Timing.families.flatMap { $0.series.map(\.metric) }) == Set(Timing.allCases))
        let text = lines(Metrics(loopCount: 1))
        let types = text.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
        #expect(Set(types).count == types.count)
        for family in Counter.families {
            #expect(family.name.hasSuffix("_total"))
            #expect(text.contains("# HELP \(family.name) \(family.help)"))
            #expect(text.contains("# TYPE \(family.name) counter"))
        }
    }

    @Test func cellsOfDifferentMetricsDoNotOverlap() {
        #expect(Layout.routeCount == Route.allCases.count)
        #expect(Layout.cacheResultCount == CacheResult.allCases.count)
        #expect(Layout.counters + Counter.allCases.count <= Layout.gauges)
        #expect(Layout.gauges + Gauge.allCases.count <= Layout.timings)
        let timings = Timing.allCases.count * DurationBuckets.cellCount
        #expect(Layout.timings + timings <= Layout.requests)
        #expect(Set(Counter.allCases.map(\.rawValue)).max() == Counter.allCases.count - 1)
    }

    @Test(arguments: [
        (11 as Int32, Counter.crashSegmentationFault), (9, .crashKilled), (5, .crashOther),
    ])
    func namesTheSignalThatEndedAWorker(signal: Int32, counter: Counter) {
        #expect(Counter.workerCrash(signal: signal) == counter)
    }
}
