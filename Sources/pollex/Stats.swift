internal import Client
internal import JSON
internal import LinuxIO
internal import Text

extension Command {
    static let stats = Command(
        name: "stats", summary: "what a running edge does, live on a terminal",
        forms: ["[options]"],
        about: """
            On a terminal a table that follows the edge until interrupted; else one look at it.
            """,
        options: [
            .admin,
            CommandOption(
                "--interval", "N", "seconds between two looks, 1 to 3600; 2 unless given"),
            CommandOption("--json", "one look: every sample of /metrics as a JSON object"),
        ],
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            let client = EdgeClient(try words.address("--admin", else: "127.0.0.1:8081"))
            let seconds = try words.number("--interval", in: 1...3600) ?? 2
            var samples = try Samples(from: client)
            if words.has("--json") {
                print(samples.json)
                return 0
            }
            print(samples.table(since: nil))
            let pause = Semaphore()
            while Terminal.isTerminal(1) {
                pause.wait(milliseconds: seconds * 1000)
                let now = try Samples(from: client)
                // From the top of the screen, each line to its end.
                let table = now.table(since: samples)
                    .replacing("\n", with: "\u{1B}[K\n")
                Process.write(Array("\u{1B}[H\u{1B}[2J\(table)\n".utf8).span, to: 1)
                samples = now
            }
            return 0
        })
}

/// One look at `/metrics`.
private struct Samples {
    private var values: [(name: UTF8String, value: Double)] = []
    private let takenAt = Clock.monotonicNanoseconds()

    init(from client: EdgeClient) throws(CommandFailure) {
        let reply: Reply
        do throws(ClientError) { reply = try client.ask("GET", "/metrics") } catch {
            throw .failed("\(error)")
        }
        guard reply.status == 200 else { throw .failed(reply.complaint) }
        let text = String(decoding: reply.content, as: UTF8.self)
        for line in text.fields(separatedBy: "\n") where line.utf8.first != UInt8(ascii: "#") {
            guard let space = line.lastPlace(of: " "),
                let value = Double(line[line.index(after: space)...])
            else { continue }
            values.append((UTF8String(line[..<space]), value))
        }
    }

    /// The sum over all labels, or over those series that have this one.
    private func total(_ name: UTF8String, _ label: UTF8String = "") -> Double {
        values.reduce(0) { sum, sample in
            let isIt = sample.name == name || sample.name.starts(with: "\(name){")
            return isIt && (label.isEmpty || sample.name.contains(label)) ? sum + sample.value : sum
        }
    }

    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in values {
            writer.key(name.string)
            writer.number(value)
        }
        writer.endObject()
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    /// - Parameter earlier: rates are of the time since then, else of the edge's whole life.
    func table(since earlier: Samples?) -> String {
        let age = Double(Clock.wallMicroseconds()) / 1e6 - total("process_start_time_seconds")
        let seconds = earlier.map { Double(takenAt &- $0.takenAt) / 1e9 } ?? max(1, age)
        func rate(_ name: UTF8String, _ label: UTF8String = "") -> String {
            let before = earlier?.total(name, label) ?? 0
            return tenths((total(name, label) - before) / seconds) + "/s"
        }
        func count(_ name: UTF8String, _ label: UTF8String = "") -> String {
            String(Int(total(name, label)))
        }
        func megabytes(_ name: UTF8String) -> String { tenths(total(name) / 1e6) + " MB" }
        let hits = total("pollex_cache_hits_total")
        let asked =
            hits + total("pollex_cache_misses_total")
            + total("pollex_coalesced_requests_total")
        let rows = [
            ("requests", count("pollex_requests_total"), rate("pollex_requests_total")),
            ("sent", megabytes("pollex_response_bytes_total"), ""),
            (
                "hits", asked > 0 ? tenths(100 * hits / asked) + " %" : "-",
                rate("pollex_cache_hits_total")
            ),
            ("misses", count("pollex_cache_misses_total"), rate("pollex_cache_misses_total")),
            (
                "errors", count("pollex_requests_total", "status=\"5"),
                rate("pollex_requests_total", "status=\"5")
            ),
            ("connections", count("pollex_connections"), ""),
            ("waiting jobs", count("pollex_queue_depth"), ""),
            ("busy workers", count("pollex_workers", "state=\"busy\""), ""),
            ("decodes", count("pollex_decodes_total"), rate("pollex_decodes_total")),
            ("worker crashes", count("pollex_worker_crashes_total"), ""),
            ("refused images", count("pollex_decode_rejected_total"), ""),
            (
                "uploads", count("pollex_uploads_total", "created"),
                rate("pollex_uploads_total", "created")
            ),
            ("images", count("pollex_images"), ""),
            (
                "cache", megabytes("pollex_cache_bytes"),
                "of " + megabytes("pollex_cache_budget_bytes")
            ),
            ("renditions", count("pollex_cache_entries"), ""),
            ("integrity failures", count("pollex_integrity_failures_total"), ""),
            (
                "disk free", megabytes("pollex_data_free_bytes"),
                "of " + megabytes("pollex_data_size_bytes")
            ),
            ("memory", megabytes("process_resident_memory_bytes"), ""),
            ("descriptors", count("process_open_fds"), "of " + count("process_max_fds")),
        ]
        return rows.map { $0.padded(to: 20) + ($2.isEmpty ? $1 : $1.padded(to: 18) + $2) }.joined(
            separator: "\n")
    }

    private func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
