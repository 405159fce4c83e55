/// Every declared counter; one with labels is one case per label value.
package enum Counter: Int, CaseIterable, Sendable {
    case cacheHits, cacheMisses, cacheEvictions, cacheInsertions, cacheInsertionsDropped
    case cacheCarried, cachePurged, cacheGenerationsDropped, masterGenerationsDropped
    case decodesOfOriginal, decodesOfMaster
    case coalescedRequests
    case jobsAbandoned, jobsPastDeadline, jobsOverload, jobsShutdown
    case rejectedUnsupported, rejectedBroken, rejectedPixels, rejectedFrames, rejectedBytes
    case rejectedTime, rejectedMemory, rejectedCrash
    case crashSegmentationFault, crashAbort, crashBusError, crashIllegalInstruction
    case crashArithmetic, crashKilled, crashSystemCall, crashProcessorTime, crashOther
    case uploadsCreated, uploadsKnown, uploadsRejected, uploadsFailed, uploadsAborted
    case integrityOfOriginals, integrityOfCache, integrityOfMasters
    case notificationsDelivered, notificationsRetried, notificationsParked, notificationsDropped
    case eagerReady, eagerFailed, eagerRetried
    case dropCreated, dropKnown, dropFailed, dropDeferred
    case connectionsAccepted, connectionsRefused, connectionsShed
    case quotaAddressRequests, quotaAddressBytes, quotaTokenRequests, quotaTokenBytes
    case quotaDeliveryRequests

    /// The counter of workers that ended by `signal` (signal(7), Linux numbers).
    package static func workerCrash(signal: Int32) -> Counter {
        switch signal {
        case 4: .crashIllegalInstruction
        case 6: .crashAbort
        case 7: .crashBusError
        case 8: .crashArithmetic
        case 9: .crashKilled
        case 11: .crashSegmentationFault
        case 24: .crashProcessorTime
        case 31: .crashSystemCall
        default: .crashOther
        }
    }
}

/// Every declared gauge: the sum of what each loop and the other threads last set.
package enum Gauge: Int, CaseIterable, Sendable {
    case connections
    case queueDepthSmall, queueDepthLarge, queueDepthBackground
    case workersStarting, workersIdle, workersBusy
    case cacheBytes, cacheBudgetBytes, cacheEntries, cacheGenerations, cacheTableBytes
    case cacheSuspended, mastersSuspended
    case masterBytes, masterEntries
    case images
    case dataFreeBytes, dataSizeBytes
    case draining
    case dropWaiting, eagerPending
    case notificationsWaiting, notificationsParkedNow
}

/// Every declared histogram of durations besides that of requests.
package enum Timing: Int, CaseIterable, Sendable {
    /// From admission to the moment a worker takes the job.
    case queueWait
    /// One job in a worker, from sending it to its reply.
    case job
}
