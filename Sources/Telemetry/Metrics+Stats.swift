package import JSON

// The figures of `GET /stats`, for consoles and tools. What `/metrics` counts since the start for
// programs that keep series of it, this tells of the last minute for who looks now.
extension Metrics {
    /// Takes the sample of this second, unless it has been taken.
    package func sample(at now: UInt64) {
        if history.isDue(at: now) { history.append(figures(at: now)) }
    }

    private func figures(at now: UInt64) -> FigureSample {
        var sample = FigureSample(takenAt: now)
        for route in Route.allCases {
            for place in 0..<StatusTable.count {
                sample.requests += sum(
                    at: Layout.requests + Int(route.rawValue) * StatusTable.count + place)
            }
            sample.sentBytes += sum(at: Layout.sentBytes + Int(route.rawValue))
        }
        sample.errors = errors.answers
        sample.hits = value(of: .cacheHits)
        sample.misses = value(of: .cacheMisses)
        sample.collapsed = value(of: .coalescedRequests)
        sample.uploads = value(of: .uploadsCreated) + value(of: .uploadsKnown)
        sample.latencies = Latency.allCases.map(histogram)
        return sample
    }

    /// The buckets of all series that make up one latency.
    private func histogram(_ latency: Latency) -> [UInt64] {
        let cells: [Int]
        switch latency {
        case .hit: cells = [Route.thumbs, .optimized].map { Layout.durationCell($0, .hit) }
        case .miss:
            cells = [Route.thumbs, .optimized].flatMap { route in
                [CacheResult.miss, .collapsed].map { Layout.durationCell(route, $0) }
            }
        case .upload: cells = [Layout.durationCell(.upload, .none)]
        case .queue: cells = [Layout.timingCell(.queueWait)]
        case .job: cells = [Layout.timingCell(.job)]
        }
        return (0..<DurationBuckets.count).map { place in
            cells.reduce(0) { $0 + sum(at: $1 + place) }
        }
    }

    /// The members of the document.
    package func appendStats(
        to json: inout JSONWriter, at now: UInt64, process: ProcessReading?
    ) {
        let (before, figures) = (history.oldest, figures(at: now))
        let seconds = max(0.001, Double(now &- before.takenAt) / 1e9)
        func rate(_ path: KeyPath<FigureSample, UInt64>) -> Double {
            rounded(Double(figures[keyPath: path] &- before[keyPath: path]) / seconds)
        }
        json.field("windowSeconds", rounded(seconds))
        json.object("requests") { json in
            json.field("total", figures.requests)
            json.field("perSecond", rate(\.requests))
            json.field("errors", figures.errors)
            json.field("errorsPerSecond", rate(\.errors))
            json.field("bytes", figures.sentBytes)
            json.field("bytesPerSecond", rate(\.sentBytes))
        }
        json.object("renditions") { json in
            json.field("hits", figures.hits)
            json.field("misses", figures.misses)
            json.field("collapsed", figures.collapsed)
            json.field("hitsPerSecond", rate(\.hits))
            json.field("missesPerSecond", rate(\.misses))
            json.key("hitRatio")
            json.ratio(
                figures.hits &- before.hits, figures.misses &- before.misses,
                figures.collapsed &- before.collapsed)
            json.key("hitRatioSinceStart")
            json.ratio(figures.hits, figures.misses, figures.collapsed)
        }
        json.object("latencySeconds") { json in
            for latency in Latency.allCases {
                let earlier = before.latencies.isEmpty ? nil : before.latencies[latency.rawValue]
                let buckets = figures.latencies[latency.rawValue].enumerated().map {
                    $1 &- (earlier?[$0] ?? 0)
                }
                json.object(latency.word) { $0.append(LatencyFigures(buckets)) }
            }
        }
        appendUploads(to: &json, perSecond: rate(\.uploads))
        appendState(to: &json)
        if let process { process.append(to: &json) }
        appendRecentErrors(to: &json)
    }

    private func appendUploads(to json: inout JSONWriter, perSecond: Double) {
        json.object("uploads") { json in
            json.field("created", value(of: .uploadsCreated))
            json.field("known", value(of: .uploadsKnown))
            json.field("rejected", value(of: .uploadsRejected))
            json.field("failed", value(of: .uploadsFailed))
            json.field("aborted", value(of: .uploadsAborted))
            json.field("perSecond", perSecond)
        }
    }

    private func appendState(to json: inout JSONWriter) {
        json.object("queues") { json in
            json.field("small", value(of: .queueDepthSmall))
            json.field("large", value(of: .queueDepthLarge))
            json.field("background", value(of: .queueDepthBackground))
        }
        json.object("workers") { json in
            json.field("starting", value(of: .workersStarting))
            json.field("idle", value(of: .workersIdle))
            json.field("busy", value(of: .workersBusy))
            json.field("crashes", errors.crashes)
        }
        json.object("cache") { json in
            json.field("renditions", value(of: .cacheEntries))
            json.field("bytes", value(of: .cacheBytes))
            json.field("budgetBytes", value(of: .cacheBudgetBytes))
            json.field("evictions", value(of: .cacheEvictions))
            json.field("isSuspended", value(of: .cacheSuspended) != 0)
            json.field("masters", value(of: .masterEntries))
            json.field("masterBytes", value(of: .masterBytes))
        }
        json.object("index") { json in
            json.field("images", value(of: .images))
            json.field("pending", value(of: .eagerPending))
        }
        json.object("connections") { json in
            json.field("open", value(of: .connections))
            json.field("accepted", value(of: .connectionsAccepted))
            json.field("refused", value(of: .connectionsRefused))
        }
        json.object("disk") { json in
            json.field("freeBytes", value(of: .dataFreeBytes))
            json.field("sizeBytes", value(of: .dataSizeBytes))
        }
        json.object("notifications") { json in
            json.field("waiting", value(of: .notificationsWaiting))
            json.field("parked", value(of: .notificationsParkedNow))
        }
        json.field("integrityFailures", errors.integrity)
        json.field("isDraining", value(of: .draining) != 0)
    }

    private func appendRecentErrors(to json: inout JSONWriter) {
        json.key("errors")
        json.beginArray()
        for error in recentErrors.entries {
            json.beginObject()
            json.key("request")
            json.hexadecimal(error.requestID)
            json.key("time")
            json.timestamp(microseconds: error.startedAtMicroseconds)
            json.field("status", Int(error.status))
            json.field("route", error.route.label)
            json.field("method", error.method.label)
            json.field("target", error.target)
            json.field("reason", error.reason)
            json.endObject()
        }
        json.endArray()
    }
}

/// Thousandths are enough for who looks.
private func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

extension JSONWriter {
    fileprivate mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        key(name)
        beginObject()
        body(&self)
        endObject()
    }

    /// Of what was asked for, how much was there; `null` when nothing was.
    fileprivate mutating func ratio(_ hits: UInt64, _ others: UInt64...) {
        let all = others.reduce(hits, +)
        if all == 0 { null() } else { number((Double(hits) / Double(all) * 1e4).rounded() / 1e4) }
    }

    fileprivate mutating func append(_ figures: LatencyFigures) {
        field("count", figures.count)
        for (name, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
            key(name)
            if let value = figures.quantile(share) { number(value) } else { null() }
        }
    }
}
