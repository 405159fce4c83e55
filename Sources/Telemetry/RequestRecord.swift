/// What is known of a request when its answer has been handed to the kernel.
package struct RequestRecord: Sendable {
    /// Also the answer's `X-Request-Id`, as 16 hex digits.
    package var requestID: UInt64
    /// Microseconds since 1970.
    package var startedAtMicroseconds: UInt64
    package var durationNanoseconds: UInt64
    /// Bytes of the content sent, without the head.
    package var byteCount: UInt64
    /// Time the request's job waited for a worker, and time in the worker; 0 without a job.
    package var queueMicroseconds: UInt32
    package var jobMicroseconds: UInt32
    package var status: UInt16
    package var route: Route
    package var cacheResult: CacheResult
    package var method: LoggedMethod

    package init(
        requestID: UInt64, startedAtMicroseconds: UInt64, durationNanoseconds: UInt64,
        method: LoggedMethod, route: Route, status: UInt16, byteCount: UInt64,
        cacheResult: CacheResult = .none, queueMicroseconds: UInt32 = 0,
        jobMicroseconds: UInt32 = 0
    ) {
        self.requestID = requestID
        self.startedAtMicroseconds = startedAtMicroseconds
        self.durationNanoseconds = durationNanoseconds
        self.byteCount = byteCount
        self.queueMicroseconds = queueMicroseconds
        self.jobMicroseconds = jobMicroseconds
        self.status = status
        self.route = route
        self.cacheResult = cacheResult
        self.method = method
    }
}

/// A request method as a log line names it.
package enum LoggedMethod: UInt8, CaseIterable, Sendable {
    case get, head, post, put, delete, patch, options, other

    var label: String {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .other: "other"
        }
    }
}
