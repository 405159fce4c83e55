/// One metric as an operator sees it: a name, its meaning and the series under it.
struct MetricFamily<Metric: Sendable>: Sendable {
    let name: String
    let help: String
    /// Label text without braces, empty where the metric has none, and the cell it reads.
    let series: [(labels: String, metric: Metric)]

    init(_ name: String, _ help: String, _ metric: Metric) {
        (self.name, self.help, series) = (name, help, [("", metric)])
    }

    init(_ name: String, _ help: String, by label: String, _ series: [(String, Metric)]) {
        (self.name, self.help) = (name, help)
        self.series = series.map { ("\(label)=\"\($0.0)\"", $0.1) }
    }
}

extension Counter {
    static let families = edgeFamilies + storeFamilies + indexFamilies

    private static let edgeFamilies: [MetricFamily<Counter>] = [
        MetricFamily(
            "pollex_cache_hits_total", "Renditions answered from the cache.", .cacheHits),
        MetricFamily(
            "pollex_cache_misses_total", "Renditions asked for that the cache did not have.",
            .cacheMisses),
        MetricFamily(
            "pollex_cache_evictions_total", "Renditions dropped to make room.", .cacheEvictions),
        MetricFamily(
            "pollex_cache_insertions_total", "Renditions written to the cache.", .cacheInsertions),
        MetricFamily(
            "pollex_cache_insertions_dropped_total",
            "Renditions not kept because too much waited to be written.", .cacheInsertionsDropped),
        MetricFamily(
            "pollex_cache_carried_total",
            "Renditions kept when their generation was dropped: they had been asked for.",
            .cacheCarried),
        MetricFamily(
            "pollex_cache_purged_total", "Renditions dropped on request.", .cachePurged),
        MetricFamily(
            "pollex_cache_generations_dropped_total",
            "Generations dropped because they were damaged.", by: "cache",
            [
                ("renditions", .cacheGenerationsDropped), ("masters", .masterGenerationsDropped),
            ]),
        MetricFamily(
            "pollex_decodes_total", "Pictures decoded, by what was decoded.", by: "source",
            [("original", .decodesOfOriginal), ("master", .decodesOfMaster)]),
        MetricFamily(
            "pollex_coalesced_requests_total",
            "Requests that waited for a rendition already being made.", .coalescedRequests),
        MetricFamily(
            "pollex_jobs_cancelled_total", "Jobs ended before their result, by why.", by: "reason",
            [
                ("abandoned", .jobsAbandoned), ("deadline", .jobsPastDeadline),
                ("overload", .jobsOverload), ("shutdown", .jobsShutdown),
            ]),
        MetricFamily(
            "pollex_decode_rejected_total", "Images refused, by why.", by: "reason",
            [
                ("unsupported", .rejectedUnsupported), ("broken", .rejectedBroken),
                ("pixels", .rejectedPixels), ("frames", .rejectedFrames),
                ("bytes", .rejectedBytes), ("time", .rejectedTime), ("memory", .rejectedMemory),
                ("crash", .rejectedCrash),
            ]),
        MetricFamily(
            "pollex_worker_crashes_total", "Workers ended by a signal.", by: "signal",
            [
                ("SIGSEGV", .crashSegmentationFault), ("SIGABRT", .crashAbort),
                ("SIGBUS", .crashBusError), ("SIGILL", .crashIllegalInstruction),
                ("SIGFPE", .crashArithmetic), ("SIGKILL", .crashKilled),
                ("SIGSYS", .crashSystemCall), ("SIGXCPU", .crashProcessorTime),
                ("other", .crashOther),
            ]),
        MetricFamily(
            "pollex_uploads_total", "Uploads, by how they ended.", by: "result",
            [
                ("created", .uploadsCreated), ("known", .uploadsKnown),
                ("rejected", .uploadsRejected), ("failed", .uploadsFailed),
                ("aborted", .uploadsAborted),
            ]),
        MetricFamily(
            "pollex_notifications_total",
            "Attempts to deliver an event, and events that found no room, by how they ended.",
            by: "result",
            [
                ("delivered", .notificationsDelivered), ("retried", .notificationsRetried),
                ("parked", .notificationsParked), ("dropped", .notificationsDropped),
            ]),
        MetricFamily(
            "pollex_eager_images_total",
            "Images of which everything was made at upload, or could not be, and further attempts.",
            by: "result",
            [("ready", .eagerReady), ("failed", .eagerFailed), ("retried", .eagerRetried)]),
        MetricFamily(
            "pollex_drop_files_total", "Files of the drop folder, by what became of them.",
            by: "result",
            [
                ("created", .dropCreated), ("known", .dropKnown), ("failed", .dropFailed),
                ("deferred", .dropDeferred),
            ]),
        MetricFamily(
            "pollex_bucket_events_total",
            "Objects of watched buckets that events named, of others, and what was refused.",
            by: "result",
            [
                ("written", .hintsWritten), ("ignored", .hintsIgnored), ("refused", .hintsRefused),
            ]),
        MetricFamily(
            "pollex_bucket_objects_total",
            "Objects of watched buckets that were looked at, by what came of it.", by: "result",
            [
                ("created", .objectsCreated), ("known", .objectsKnown),
                ("unchanged", .objectsUnchanged), ("absent", .objectsAbsent),
                ("failed", .objectsFailed), ("deferred", .objectsDeferred),
            ]),
        MetricFamily(
            "pollex_export_renditions_total",
            "Renditions put into buckets, or taken away, or that could not be made; attempts of "
                + "images that are to be repeated.", by: "result",
            [
                ("put", .exportsPut), ("removed", .exportsRemoved), ("refused", .exportsRefused),
                ("retried", .exportsRetried),
            ]),
        MetricFamily(
            "pollex_integrity_failures_total",
            "Stored bytes that were missing or did not match their name or digest.", by: "store",
            [
                ("originals", .integrityOfOriginals), ("cache", .integrityOfCache),
                ("masters", .integrityOfMasters),
            ]),
        MetricFamily(
            "pollex_connections_accepted_total", "Connections accepted.", .connectionsAccepted),
        MetricFamily(
            "pollex_connections_refused_total", "Connections closed at the limit.",
            .connectionsRefused),
        MetricFamily(
            "pollex_connections_shed_total",
            "Connections of the address with the most, closed because others waited.",
            .connectionsShed),
        MetricFamily(
            "pollex_connections_ungreeted_total",
            "Connections closed for lack of the PROXY header that their listener requires.",
            .connectionsUngreeted),
        MetricFamily(
            "pollex_tls_handshakes_total",
            "Handshakes of TLS, by how they ended; resumed ones went on with an earlier session.",
            by: "result",
            [
                ("whole", .handshakesWhole), ("resumed", .handshakesResumed),
                ("failed", .handshakesFailed),
            ]),
        MetricFamily(
            "pollex_quota_refusals_total", "Requests answered 429, by what was used up.",
            by: "quota",
            [
                ("address_requests", .quotaAddressRequests),
                ("address_bytes", .quotaAddressBytes),
                ("token_requests", .quotaTokenRequests), ("token_bytes", .quotaTokenBytes),
                ("delivery_requests", .quotaDeliveryRequests),
            ]),
    ]

    /// Of a store of originals that is elsewhere.
    private static let storeFamilies: [MetricFamily<Counter>] = [
        MetricFamily(
            "pollex_store_requests_total", "Requests to the store of originals.", by: "method",
            [
                ("GET", .storeGets), ("HEAD", .storeHeads), ("PUT", .storePuts),
                ("DELETE", .storeDeletes),
            ]),
        MetricFamily(
            "pollex_store_errors_total",
            "What went wrong between the edge and the store of originals.", by: "kind",
            [
                ("unreachable", .storeUnreachable), ("unanswered", .storeUnanswered),
                ("slow", .storeSlow), ("broken", .storeBroken), ("failing", .storeFailing),
                ("forbidden", .storeForbidden), ("busy", .storeBusy),
                ("damaged", .storeDamaged), ("absent", .storeAbsent),
            ]),
        MetricFamily(
            "pollex_store_local_hits_total",
            "Originals of the store that were wanted and lay on this machine.", .storeLocalHits),
        MetricFamily(
            "pollex_store_local_misses_total",
            "Originals of the store that were wanted and had to be fetched.", .storeLocalMisses),
    ]

    /// Of an index that several edges share.
    private static let indexFamilies: [MetricFamily<Counter>] = [
        MetricFamily(
            "pollex_index_commits_total", "Batches of changes that the index's database took.",
            .indexCommits),
        MetricFamily(
            "pollex_index_collisions_total",
            "Batches that began again because another edge had changed the same.",
            .indexCollisions),
        MetricFamily(
            "pollex_index_followed_total", "Changes of other edges that were taken over here.",
            .indexFollowed),
        MetricFamily(
            "pollex_index_asked_total",
            "Images that were not known here and were asked for in the index's database.",
            .indexAsked),
    ]
}

extension Gauge {
    static let families: [MetricFamily<Gauge>] = [
        MetricFamily("pollex_connections", "Open connections.", .connections),
        MetricFamily(
            "pollex_queue_depth", "Jobs waiting for a worker.", by: "lane",
            [
                ("small", .queueDepthSmall), ("large", .queueDepthLarge),
                ("background", .queueDepthBackground),
            ]),
        MetricFamily(
            "pollex_workers", "Worker processes.", by: "state",
            [("starting", .workersStarting), ("idle", .workersIdle), ("busy", .workersBusy)]),
        MetricFamily("pollex_cache_bytes", "Bytes of the rendition cache on disk.", .cacheBytes),
        MetricFamily(
            "pollex_cache_budget_bytes", "Bytes the rendition cache may have.",
            .cacheBudgetBytes),
        MetricFamily("pollex_cache_entries", "Renditions in the cache.", .cacheEntries),
        MetricFamily(
            "pollex_cache_generations", "Files the rendition cache consists of.",
            .cacheGenerations),
        MetricFamily(
            "pollex_cache_table_bytes", "Memory of the rendition cache's table.",
            .cacheTableBytes),
        MetricFamily(
            "pollex_cache_writing_suspended",
            "1 while nothing new is kept: the disk is full or the directory unusable.",
            by: "cache", [("renditions", .cacheSuspended), ("masters", .mastersSuspended)]),
        MetricFamily("pollex_master_bytes", "Bytes of the masters on disk.", .masterBytes),
        MetricFamily("pollex_masters", "Masters kept.", .masterEntries),
        MetricFamily("pollex_images", "Images in the index.", .images),
        MetricFamily(
            "pollex_data_free_bytes", "Bytes left in the file system of the data directory.",
            .dataFreeBytes),
        MetricFamily(
            "pollex_data_size_bytes", "Bytes of the file system of the data directory.",
            .dataSizeBytes),
        MetricFamily("pollex_draining", "1 from the start of a drain.", .draining),
        MetricFamily(
            "pollex_drop_waiting", "Files known to lie in the drop folder, not taken yet.",
            .dropWaiting),
        MetricFamily(
            "pollex_bucket_objects_waiting",
            "Objects of watched buckets that are still to be looked at.", .looksWaiting),
        MetricFamily(
            "pollex_buckets_failing",
            "Buckets that are asked for one object at a time, since the last one failed.",
            by: "use", [("watched", .bucketsFailing), ("export", .exportsFailing)]),
        MetricFamily(
            "pollex_export_events_waiting",
            "Events of images that are still to be seen to in the buckets of exports.",
            .exportsWaiting),
        MetricFamily(
            "pollex_eager_pending", "Images of which something is still to be made.",
            .eagerPending),
        MetricFamily(
            "pollex_notifications_pending", "Events still to be delivered.", by: "state",
            [("waiting", .notificationsWaiting), ("parked", .notificationsParkedNow)]),
        MetricFamily(
            "pollex_store_given_up",
            "1 while the store of originals is only probed, for it failed too often.",
            .storeGivenUp),
        MetricFamily(
            "pollex_store_local_bytes", "Bytes of the store's originals that lie on this machine.",
            .storeLocalBytes),
        MetricFamily(
            "pollex_store_local_originals", "The store's originals that lie on this machine.",
            .storeLocalOriginals),
        MetricFamily(
            "pollex_index_away", "1 while the database of the index can not be reached.",
            .indexAway),
        MetricFamily(
            "pollex_index_lag", "Changes of the index that are not known here yet.", .indexLag),
        MetricFamily(
            "pollex_index_staleness_seconds",
            "Whole seconds since every change of the index was known here; -1: never yet.",
            .indexStaleness),
    ]
}

extension Timing {
    static let families: [MetricFamily<Timing>] = [
        MetricFamily(
            "pollex_queue_wait_seconds", "Time from admission to a worker.", .queueWait),
        MetricFamily("pollex_job_duration_seconds", "Time of one job in a worker.", .job),
        MetricFamily(
            "pollex_store_request_duration_seconds",
            "Time of one request to the store of originals.", .store),
    ]
}
