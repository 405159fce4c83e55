internal import Digest
package import LinuxIO
package import Rendition
internal import Synchronization

/// Objects of one bucket, each named by the SHA-256 of its bytes.
///
/// What fails by the store's or the network's fault is tried once more, after a while that is not
/// the same for all, on a fresh connection. What fails so often that the breaker opens is refused
/// at once, until a probe goes well. There are no requests in advance or in parallel for the same:
/// beside a disk that hung they made it worse for all others.
package final class ObjectClient: Sendable {
    package struct Settings: Equatable, Sendable {
        /// Requests at once, and connections that are kept.
        package var connections = 16
        /// Beyond, a request is refused.
        package var waiting = 4096
        package var connectTimeout = Duration.seconds(2)
        /// From the last byte that was sent to the first one that comes.
        package var answerTimeout = Duration.seconds(5)
        /// Bytes a second, either way; fewer over `ratePeriod` are too few.
        package var leastRate = 16 << 10
        package var ratePeriod = Duration.seconds(5)
        /// Between two probes of a store that is given up.
        package var probePause = Duration.seconds(1)

        package init() {}

        /// Of the connections, those that uploads may have.
        var uploads: Int { max(1, connections - connections / 4) }

        /// What a store may take to have so much on its disks, once it has come: 4 MiB a second.
        func storingTime(of byteCount: Int) -> Duration { .microseconds(byteCount / 4) }
    }

    /// Of the names in the bucket.
    let prefix: String
    private let thread: TransferThread
    private let settings: Settings
    private let breaker = Mutex(CircuitBreaker())
    private let isStopping = Atomic(false)
    private let observe: @Sendable (ObjectEvent) -> Void

    /// - Parameter observe: called on any thread.
    package init(
        _ bucket: Bucket, _ settings: Settings = Settings(),
        observe: @escaping @Sendable (ObjectEvent) -> Void
    ) throws(SystemError) {
        thread = try TransferThread(.bucket(bucket), limits: settings)
        (prefix, self.settings, self.observe) = (bucket.prefix, settings, observe)
    }

    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        thread.stop()
    }

    package var isGivenUp: Bool { breaker.withLock { $0.state == .open } }

    // MARK: Objects

    /// How many bytes it has; `nil`: it is not there.
    package func byteCount(of hash: ContentHash) async throws(ObjectError) -> Int? {
        let head = try await ask(TransferOrder(method: .head, key: hash.hex)).head
        switch head.status {
        case 200: return head["content-length"].flatMap { Int($0) } ?? 0
        case 404: return nil
        default: throw Self.error(head, [])
        }
    }

    /// Makes an empty file, for an object that begins to come.
    package typealias Opening = @Sendable () throws(SystemError) -> SharedDescriptor

    /// Writes it into a file. Its bytes are those that the hash says, or it throws.
    ///
    /// - Parameters:
    ///   - open: called when the object begins to come: what waits for its turn has no file yet.
    ///   - progress: told how much is there of what may still prove wrong, less than before where
    ///     it had to begin anew. Both on the thread of the transfers.
    package func fetch(
        _ hash: ContentHash, byteLimit: Int, open: @escaping Opening,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(ObjectError) -> (file: SharedDescriptor, byteCount: Int) {
        let fetch = ObjectFetch(open: open, byteLimit: byteLimit, progress: progress)
        let order = TransferOrder(method: .get, key: hash.hex)
        _ = try await run(fetch, order, isFixed: true)
        guard ContentHash(fetch.digest()) == hash, let file = fetch.file
        else { throw .wrongBytes }
        return (file, fetch.byteCount)
    }

    /// Until all of it has come, or why not; the last answer's head.
    ///
    /// - Parameter isFixed: whether what has this name is always the same.
    func run(
        _ fetch: ObjectFetch, _ first: TransferOrder, isFixed: Bool
    ) async throws(ObjectError) -> AnswerHead {
        var (order, isRetry) = (first, false)
        while true {
            try admit()
            let began = Clock.monotonic()
            let (head, end) = await withCheckedContinuation { [order] continuation in
                thread.start(order, FetchReceiver(fetch, continuation))
            }
            if let problem = fetch.problem { throw problem }
            let failure: String
            switch end {
            case .done:
                note(order.method, .answered, since: began)
                return head
            case .refused:
                note(order.method, Self.outcome(of: head), since: began)
                guard head.isFailing else {
                    if !isFixed, head.status == 304 { return head }
                    if !isFixed, head.status == 412 { throw .unavailable("it changes") }
                    // An answer that does not go on where it was asked to is none.
                    throw [200, 206, 416].contains(head.status)
                        ? .wrongBytes : Self.error(head, [])
                }
                failure = "the store answered \(head.status)"
            case .failed(let reason):
                note(order.method, reason.outcome, since: began)
                failure = "\(reason)"
            }
            if isRetry { throw .unavailable(failure) }
            isRetry = true
            order = first
            order.isFresh = true
            if fetch.byteCount > 0 {
                order.fields.append(("range", "bytes=\(fetch.byteCount)-"))
                if !isFixed, let tag = head["etag"] { order.fields.append(("if-match", tag)) }
            }
            await Self.pause()
        }
    }

    /// Stores it, unless it is there; whether it was not. The store holds the bytes against the
    /// hash, and refuses others.
    ///
    /// - Parameter replaces: takes the place of what is there, which is not what it should be.
    package func put(
        _ hash: ContentHash, from file: SharedDescriptor, byteCount: Int,
        fields: [(name: String, value: String)], replaces: Bool = false
    ) async throws(ObjectError) -> Bool {
        var replaces = replaces
        if !replaces {
            // A store may read all of the content before it says that it has it.
            let found = try await self.byteCount(of: hash)
            if found == byteCount { return false }
            replaces = found != nil
        }
        var order = TransferOrder(method: .put, key: hash.hex)
        order.fields = fields
        if !replaces { order.fields.append(("if-none-match", "*")) }
        order.contentDigest = hash.hex
        (order.content, order.byteCount) = (file, byteCount)
        let (head, content) = try await ask(order)
        switch head.status {
        case 200...299: return true
        case 412: return false
        default: throw Self.error(head, content)
        }
    }

    /// Asked for once: of a second time nobody could say when the first one is carried out.
    ///
    /// - Parameter end: by when it has to be sent, monotonic; later it is not.
    package func delete(_ hash: ContentHash, before end: Duration? = nil) async throws(ObjectError)
    {
        var order = TransferOrder(method: .delete, key: hash.hex)
        (order.isFresh, order.sendBy) = (true, end)
        let (head, content) = try await ask(order)
        guard (200...299).contains(head.status) || head.status == 404 else {
            throw Self.error(head, content)
        }
    }

    // MARK: Asking

    /// Of an answer that is no object.
    private static let contentLimit = 8 << 20

    func ask(
        _ order: TransferOrder
    ) async throws(ObjectError) -> (head: AnswerHead, content: [UInt8]) {
        var order = order
        while true {
            try admit()
            let began = Clock.monotonic()
            let result = await withCheckedContinuation { continuation in
                thread.start(
                    order, AnswerReceiver(contentLimit: Self.contentLimit, continuation))
            }
            let failure: String
            switch result {
            case .success(let answer):
                note(order.method, Self.outcome(of: answer.head), since: began)
                guard answer.head.isFailing else { return (answer.head, answer.content) }
                failure = "the store answered \(answer.head.status)"
            case .failure(let reason):
                note(order.method, reason.outcome, since: began)
                failure = "\(reason)"
            }
            if order.isFresh { throw .unavailable(failure) }
            order.isFresh = true
            await Self.pause()
        }
    }

    private func admit() throws(ObjectError) {
        if isGivenUp { throw .givenUp }
    }

    private func note(_ method: ObjectMethod, _ outcome: ObjectOutcome, since began: Duration) {
        observe(.asked(method, outcome, Clock.monotonic() - began))
        let change = breaker.withLock { breaker -> CircuitBreaker.State? in
            let hasChanged =
                switch outcome {
                case .answered, .forbidden: breaker.succeed()
                case .unasked: false
                case .unreachable, .unanswered, .slow, .broken, .failing: breaker.fail()
                }
            return hasChanged ? breaker.state : nil
        }
        guard let change else { return }
        observe(.givenUp(change == .open))
        if change == .open { Task { await probe() } }
    }

    /// Until the store is back. Nobody who wants something waits for it.
    private func probe() async {
        while isGivenUp, !isStopping.load(ordering: .relaxed) {
            try? await Task.sleep(for: settings.probePause)
            let began = Clock.monotonic()
            let order = TransferOrder(method: .head, key: "probe")
            let result = await withCheckedContinuation { continuation in
                thread.start(order, AnswerReceiver(contentLimit: 0, continuation))
            }
            switch result {
            case .success(let answer):
                note(.head, Self.outcome(of: answer.head), since: began)
            case .failure(let reason): note(.head, reason.outcome, since: began)
            }
        }
    }

    private static func pause() async {
        try? await Task.sleep(for: .milliseconds(Int.random(in: 50...250)))
    }

    private static func outcome(of head: AnswerHead) -> ObjectOutcome {
        switch head.status {
        case 200..<400, 404, 412, 416: .answered
        case _ where head.isFailing: .failing
        default: .forbidden
        }
    }

    static func error(_ head: AnswerHead, _ content: [UInt8]) -> ObjectError {
        head.status == 404
            ? .notFound : .forbidden(status: head.status, code: ErrorDocument.code(content))
    }
}
