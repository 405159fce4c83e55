internal import Client
internal import JSON
internal import LinuxIO
internal import Text

extension Command {
    static let stats = Command(
        name: "stats", summary: "what a running edge does, live on a terminal",
        forms: ["[options]"],
        about: """
            On a terminal a table that follows the edge until q is pressed; else one look at it.
            """,
        options: [
            .admin,
            CommandOption(
                "--interval", "N", "seconds between two looks, 1 to 3600; 2 unless given"),
            CommandOption("--json", "one look: every sample of /metrics as a JSON object"),
        ],
        run: { words throws(CommandFailure) in
            try words.takeNoOperands()
            let address = try words.address("--admin", else: "127.0.0.1:8081")
            let client = EdgeClient(address)
            let seconds = try words.number("--interval", in: 1...3600) ?? 2
            let first = try Samples(from: client)
            if words.has("--json") {
                print(first.json)
                return 0
            }
            guard Terminal.isTerminal(1) else {
                print(first.lines(at: address, since: nil).joined(separator: "\n"))
                return 0
            }
            try follow(first, from: client, at: address, seconds: seconds)
            return 0
        })

    private static func follow(
        _ first: Samples, from client: EdgeClient, at address: EdgeAddress, seconds: Int
    ) throws(CommandFailure) {
        var (before, now): (Samples?, Samples) = (nil, first)
        let keys = KeyReader(0)
        let pause = Semaphore()
        while true {
            let width = max(1, Terminal.columns(1) - 1)
            // From the top of the screen, each line to its end and none longer than the screen.
            let table = now.lines(at: address, since: before).map {
                "\($0.prefix(width))\u{1B}[K\n"
            }
            Process.write(Array("\u{1B}[H\u{1B}[2J\(table.joined())".utf8).span, to: 1)
            switch keys?.next(milliseconds: seconds * 1000) {
            case nil: pause.wait(milliseconds: seconds * 1000)
            // Also Control-C and Control-D.
            case .byte(UInt8(ascii: "q")), .byte(3), .byte(4), .ended: return
            case .byte, .none?: break
            }
            (before, now) = (now, try Samples(from: client))
        }
    }
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

    /// What `pollex_build_info` says.
    private var version: String {
        let info = values.first { $0.name.starts(with: "pollex_build_info{") }?.name.string ?? ""
        let parts = info.fields(separatedBy: "\"")
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The time that this share of the requests with a label did not exceed, as the buckets tell.
    private func quantile(
        _ share: Double, _ label: UTF8String, since earlier: Samples?
    ) -> String {
        let after = buckets(label)
        let before = earlier?.buckets(label) ?? []
        let counts = after.enumerated().map { place, bucket in
            (
                bucket.bound,
                bucket.count - (before.indices.contains(place) ? before[place].count : 0)
            )
        }
        guard let all = counts.last?.1, all > 0,
            let bound = counts.first(where: { $0.1 >= share * all })?.0
        else { return "-" }
        guard let seconds = Double(bound) else { return "> 30 s" }
        return seconds < 1 ? milliseconds(seconds) : "\(tenths(seconds)) s"
    }

    private func milliseconds(_ seconds: Double) -> String {
        let hundredths = Int((seconds * 1e5).rounded())
        let rest = hundredths % 100
        return rest == 0
            ? "\(hundredths / 100) ms" : "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) ms"
    }

    /// Cumulative, over all routes.
    private func buckets(_ label: UTF8String) -> [(bound: String, count: Double)] {
        var sums: [(bound: String, count: Double)] = []
        for (name, value) in values
        where name.starts(with: "pollex_request_duration_seconds_bucket{") && name.contains(label) {
            // It is the last label.
            guard let bound = name.string.fields(separatedBy: "\"").dropLast().last.map(String.init)
            else { continue }
            if let place = sums.firstIndex(where: { $0.bound == bound }) {
                sums[place].count += value
            } else {
                sums.append((bound, value))
            }
        }
        return sums
    }

    /// - Parameter earlier: rates and latencies are of the time since then, else of the edge's
    ///   whole life.
    func lines(at address: EdgeAddress, since earlier: Samples?) -> [String] {
        let age = max(
            0, Double(Clock.wallMicroseconds()) / 1e6 - total("process_start_time_seconds"))
        let title = "pollex \(version) at \(address), up \(Self.span(Int(age)))"
        let seconds = earlier.map { Double(takenAt &- $0.takenAt) / 1e9 } ?? max(1, age)
        return [title]
            + rows(since: earlier, seconds: seconds).map {
                $0.padded(to: 20) + ($2.isEmpty ? $1 : $1.padded(to: 18) + $2)
            }
    }

    /// `3 d 04:05:06`
    private static func span(_ seconds: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        return seconds < 86_400 ? clock : "\(seconds / 86_400) d \(clock)"
    }

    private func rows(
        since earlier: Samples?, seconds: Double
    ) -> [(String, String, String)] {
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
        func latency(_ label: UTF8String) -> (String, String) {
            let half = quantile(0.5, label, since: earlier)
            return ("half within \(half)", "99 % \(quantile(0.99, label, since: earlier))")
        }
        let (hit, miss) = (latency("cache=\"hit\""), latency("cache=\"miss\""))
        return [
            ("requests", count("pollex_requests_total"), rate("pollex_requests_total")),
            ("sent", megabytes("pollex_response_bytes_total"), ""),
            (
                "hits", asked > 0 ? tenths(100 * hits / asked) + " %" : "-",
                rate("pollex_cache_hits_total")
            ),
            ("misses", count("pollex_cache_misses_total"), rate("pollex_cache_misses_total")),
            ("latency of hits", hit.0, hit.1), ("latency of misses", miss.0, miss.1),
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
    }

    private func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
