package import Rendition

/// What happens between the edge and its store, for who counts and logs.
package enum ObjectEvent: Sendable {
    case asked(ObjectMethod, ObjectOutcome, Duration)
    /// The store is given up, and probed; or it is back.
    case givenUp(Bool)
    /// What came is not what the name says.
    case damaged(ContentHash)
    /// What should be there is not.
    case absent(ContentHash)
}

package enum ObjectMethod: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case delete = "DELETE"
}

/// How one request ended.
package enum ObjectOutcome: Sendable {
    /// An answer that says something of the object, 404 included.
    case answered
    /// No connection, or no TLS.
    case unreachable
    /// The first byte of an answer did not come in time.
    case unanswered
    /// Less came or went than from a store that is well.
    case slow
    /// The connection ended before the answer did.
    case broken
    /// 5xx, and 429.
    case failing
    /// Any other 4xx but 404 and 412: keys, rights, a wrong bucket.
    case forbidden
    /// As many as may wait are waiting, or the edge ends: it was not asked.
    case unasked
}
