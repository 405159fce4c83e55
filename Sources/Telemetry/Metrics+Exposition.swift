extension Metrics {
    /// Prometheus text exposition format 0.0.4, `text/plain; version=0.0.4`.
    package func exposition(of process: ProcessReading? = nil) -> [UInt8] {
        var text = ExpositionWriter()
        process?.append(to: &text)
        text.begin("pollex_build_info", "Always 1; its labels say what runs.", type: "gauge")
        text.sample("pollex_build_info", labels: ExpositionWriter.labels(buildLabels), value: 1)
        appendRequests(to: &text)
        for family in Counter.families {
            text.begin(family.name, family.help, type: "counter")
            for (labels, counter) in family.series {
                text.sample(family.name, labels: labels, value: value(of: counter))
            }
        }
        text.begin(
            "pollex_log_lines_dropped_total", "Access log lines lost to a slow reader.",
            type: "counter")
        text.sample("pollex_log_lines_dropped_total", labels: "", value: droppedLogLines)
        for family in Gauge.families {
            text.begin(family.name, family.help, type: "gauge")
            for (labels, gauge) in family.series {
                text.sample(family.name, labels: labels, value: value(of: gauge))
            }
        }
        for family in Timing.families {
            text.begin(family.name, family.help, type: "histogram")
            for (labels, timing) in family.series {
                let cells = histogram(at: Layout.timingCell(timing))
                text.histogram(family.name, labels: labels, cells: cells)
            }
        }
        return text.bytes
    }

    private func appendRequests(to text: inout ExpositionWriter) {
        text.begin("pollex_requests_total", "Requests answered.", type: "counter")
        for route in Route.allCases {
            for place in 0..<StatusTable.count {
                let cell = Layout.requests + Int(route.rawValue) * StatusTable.count + place
                let count = sum(at: cell)
                guard count > 0 || StatusTable.isAlarming(place) else { continue }
                let labels = "route=\"\(route.label)\",status=\"\(StatusTable.label(of: place))\""
                text.sample("pollex_requests_total", labels: labels, value: count)
            }
        }
        let sent = "pollex_response_bytes_total"
        text.begin(
            sent, "Bytes sent: content, and the heads of answers that are no hits.",
            type: "counter")
        for route in Route.allCases {
            let count = sum(at: Layout.sentBytes + Int(route.rawValue))
            text.sample(sent, labels: "route=\"\(route.label)\"", value: count)
        }
        let name = "pollex_request_duration_seconds"
        text.begin(name, "Time from a whole request head to the answer's end.", type: "histogram")
        for route in Route.allCases {
            for cache in CacheResult.allCases {
                let cells = histogram(at: Layout.durationCell(route, cache))
                guard cells.contains(where: { $0 > 0 }) else { continue }
                let labels = "route=\"\(route.label)\",cache=\"\(cache.label)\""
                text.histogram(name, labels: labels, cells: cells)
            }
        }
    }

    private func histogram(at cell: Int) -> [UInt64] {
        (cell..<cell + DurationBuckets.cellCount).map { sum(at: $0) }
    }
}
