internal import LinuxIO

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
    case hintsWritten, hintsIgnored, hintsRefused
    case objectsCreated, objectsKnown, objectsUnchanged, objectsAbsent, objectsFailed
    case objectsDeferred
    case exportsPut, exportsRemoved, exportsRefused, exportsRetried
    case connectionsAccepted, connectionsRefused, connectionsShed
    case connectionsUngreeted
    case handshakesWhole, handshakesResumed, handshakesFailed
    case quotaAddressRequests, quotaAddressBytes, quotaTokenRequests, quotaTokenBytes
    case quotaDeliveryRequests
    case storeGets, storeHeads, storePuts, storeDeletes
    case storeUnreachable, storeUnanswered, storeSlow, storeBroken, storeFailing, storeForbidden
    case storeBusy, storeDamaged, storeAbsent
    case storeLocalHits, storeLocalMisses
    case indexCommits, indexCollisions, indexFollowed, indexAsked

    /// Those of workers that a signal ended; `crashOther` has the rest.
    static let crashes: [(signal: Int32, counter: Counter)] = [
        (Signals.illegalInstruction, .crashIllegalInstruction), (Signals.abort, .crashAbort),
        (Signals.busError, .crashBusError), (Signals.arithmetic, .crashArithmetic),
        (Signals.kill, .crashKilled), (Signals.segmentationFault, .crashSegmentationFault),
        (Signals.processorTime, .crashProcessorTime), (Signals.forbiddenCall, .crashSystemCall),
    ]

    package static func workerCrash(signal: Int32) -> Counter {
        crashes.first { $0.signal == signal }?.counter ?? .crashOther
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
    case dropWaiting, eagerPending, looksWaiting, exportsWaiting
    case bucketsFailing, exportsFailing
    case notificationsWaiting, notificationsParkedNow
    case storeGivenUp, storeLocalBytes, storeLocalOriginals
    case indexAway, indexLag, indexStaleness
}

/// Every declared histogram of durations besides that of requests.
package enum Timing: Int, CaseIterable, Sendable {
    /// From admission to the moment a worker takes the job.
    case queueWait
    /// One job in a worker, from sending it to its reply.
    case job
    /// One request to the store of originals, from its admission to the end of the answer.
    case store
}
