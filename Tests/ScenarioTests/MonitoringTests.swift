import Foundation
import TestSupport
import Testing

/// Metrics, alert rules and dashboard, judged by Prometheus' own programs.
@Suite struct MonitoringTests {
    private static let configuration = Photos.root.appending(path: "conf").path

    /// A name and, where it has labels, one series it must have from the start.
    static let promised = [
        "pollex_build_info{version=", "pollex_requests_total{route=\"thumbs\",status=\"500\"}",
        "pollex_response_bytes_total{route=\"thumbs\"}", "pollex_cache_hits_total",
        "pollex_cache_misses_total", "pollex_cache_evictions_total",
        "pollex_cache_insertions_total", "pollex_decodes_total{source=\"original\"}",
        "pollex_decodes_total{source=\"master\"}", "pollex_cache_bytes", "pollex_cache_entries",
        "pollex_coalesced_requests_total", "pollex_jobs_cancelled_total{reason=\"abandoned\"}",
        "pollex_decode_rejected_total{reason=\"broken\"}", "pollex_queue_depth{lane=\"small\"}",
        "pollex_queue_wait_seconds_bucket{le=\"+Inf\"}", "pollex_workers{state=\"idle\"}",
        "pollex_worker_crashes_total{signal=\"SIGSEGV\"}",
        "pollex_uploads_total{result=\"created\"}",
        "pollex_integrity_failures_total{store=\"originals\"}", "pollex_connections",
        "pollex_images", "pollex_data_free_bytes", "pollex_data_size_bytes",
        "pollex_cache_writing_suspended{cache=\"renditions\"}",
        "pollex_cache_generations_dropped_total{cache=\"renditions\"}",
        "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
        "process_max_fds", "process_start_time_seconds", "process_virtual_memory_bytes",
    ]

    @Test func everyPromisedMetricIsThereFromTheStart() throws {
        let names = try Edge().metrics().keys
        for promised in Self.promised {
            #expect(names.contains { $0.hasPrefix(promised) }, "\(promised)")
        }
    }

    @Test func theValuesAreThoseOfWhatHappened() throws {
        let edge = try Edge()
        let photo = try Photos.small(71)
        let hash = try edge.upload(photo)
        let thumb = try edge.ask("/thumbs/100x/\(hash)")
        #expect(try edge.reaches("pollex_cache_entries", 1))
        #expect(try edge.ask("/thumbs/100x/\(hash)").isHit)
        let samples = try edge.metrics()
        #expect(samples["pollex_images"] == 1)
        #expect(samples["pollex_uploads_total{result=\"created\"}"] == 1)
        let sent = 2 * Double(thumb.content.count)
        let told = try #require(samples["pollex_response_bytes_total{route=\"thumbs\"}"])
        // The miss counts with its head.
        #expect(told > sent && told < sent + 2000)
        let series = #"pollex_request_duration_seconds_count{route="thumbs",cache="#
        #expect(samples["\(series)\"hit\"}"] == 1 && samples["\(series)\"miss\"}"] == 1)
        let status = try String(
            contentsOfFile: "/proc/\(edge.process.processIdentifier)/status", encoding: .utf8)
        let resident = try #require(status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/))
        let memory = try #require(samples["process_resident_memory_bytes"])
        let seen = try #require(Double(resident.1)) * 1024
        #expect(memory > seen / 2 && memory < seen * 2)
        let age = Date().timeIntervalSince1970 - (samples["process_start_time_seconds"] ?? 0)
        #expect(age > -2 && age < 600)
        #expect((samples["process_cpu_seconds_total"] ?? 0) > 0)
        let folder = "/proc/\(edge.process.processIdentifier)/fd"
        let open = try FileManager.default.contentsOfDirectory(atPath: folder).count
        #expect(abs((samples["process_open_fds"] ?? 0) - Double(open)) < 8)
        let free = try #require(samples["pollex_data_free_bytes"])
        #expect(free > 0 && free < (samples["pollex_data_size_bytes"] ?? 0))
    }

    @Test func aCacheThatCanNotWriteIsToldOnceAndShown() throws {
        let folder = try Scratch()
        // A file where its directory should be.
        try Data().write(to: URL(fileURLWithPath: "\(folder.path)/cache"))
        let edge = try Edge(folder: folder)
        let series = "pollex_cache_writing_suspended{cache=\"renditions\"}"
        #expect(try edge.waits { try edge.metrics()[series] == 1 })
        let told = try #require(edge.event("cache-writing-suspended"), "\(edge.output)")
        #expect(told["cache"] as? String == "renditions" && told["reason"] is String)
        try FileManager.default.removeItem(atPath: "\(folder.path)/cache")
        #expect(try edge.waits { try edge.metrics()[series] == 0 })
        #expect(edge.event("cache-writing-resumed") != nil)
        #expect(edge.output.components(separatedBy: "cache-writing-suspended").count == 2)
    }

    @Test(.enabled(if: ForeignProgram.areThere("promtool"), "needs Debian's prometheus"))
    func promtoolHasNoObjection() throws {
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(72))
        #expect(try edge.ask("/thumbs/100x/\(hash)").status == 200)
        let text = try edge.ask("GET", "/metrics", admin: true).content
        let checked = try run("/usr/bin/promtool", ["check", "metrics"], input: text)
        let said = String(decoding: checked.output, as: UTF8.self)
        #expect(checked.status == 0 && said.isEmpty, "\(said)")
    }

    @Test(
        .enabled(
            if: ForeignProgram.areThere("promtool", "amtool"),
            "needs Debian's prometheus and prometheus-alertmanager"),
        arguments: [
            ["promtool", "check", "config", "prometheus/prometheus.yml"],
            ["promtool", "check", "rules", "prometheus/pollex.rules.yml"],
            ["promtool", "test", "rules", "prometheus/pollex.rules.test.yml"],
            ["amtool", "check-config", "alertmanager.yml"],
        ])
    func theFilesPassTheirOwnPrograms(words: [String]) throws {
        let path = try #require(ForeignProgram.find(words[0]))
        let file = "\(Self.configuration)/\(words[words.count - 1])"
        let checked = try run(path, words.dropFirst().dropLast() + [file])
        #expect(checked.status == 0, "\(String(decoding: checked.output, as: UTF8.self))")
    }

    @Test(arguments: ["grafana/pollex.json", "prometheus/pollex.rules.yml"])
    func everyMetricNamedExists(file: String) throws {
        let text = try String(contentsOfFile: "\(Self.configuration)/\(file)", encoding: .utf8)
        if file.hasSuffix(".json") {
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
        }
        let edge = try Edge()
        let hash = try edge.upload(try Photos.small(73))
        #expect(try edge.ask("/thumbs/100x/\(hash)").status == 200)
        #expect(try edge.waits { try edge.ask("/thumbs/100x/\(hash)").isHit })
        let there = Set(try edge.metrics().keys.map { $0.prefix { $0 != "{" } })
        let named = Set(text.matches(of: /\b(pollex|process)_[a-z_]+[a-z]\b/).map(\.output.0))
        #expect(named.count > 15)
        #expect(named.subtracting(there).isEmpty)
    }
}
