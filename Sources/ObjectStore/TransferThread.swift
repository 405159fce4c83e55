internal import CTransfers
internal import LinuxIO
internal import Synchronization

/// Where requests of a thread go: to a bucket, signed, or to the URL that is their key.
enum TransferAddress: Sendable {
    case bucket(Bucket)
    case url

    var authorities: String? {
        if case .bucket(let bucket) = self { bucket.authorities } else { nil }
    }

    func request(_ order: TransferOrder, at seconds: Int64) -> SignedRequest {
        switch self {
        case .bucket(let bucket): bucket.sign(order, at: seconds)
        case .url: SignedRequest(url: order.key ?? "", fields: [])
        }
    }
}

/// The thread on which everything is asked of one bucket: at most `Settings.connections` requests
/// at once on as many connections, which are kept; more wait in the order they came. Time is
/// counted here and not by libcurl, whose own limits let a server be silent that has accepted a
/// connection.
final class TransferThread: Sendable {
    private let state: State
    private let thread: Mutex<RunningThread?>

    /// - Parameter address: what a request is as it is sent.
    init(
        _ address: TransferAddress, limits: ObjectClient.Settings, name: String = "objects"
    ) throws(SystemError) {
        let state = State(address, limits: limits)
        self.state = state
        thread = Mutex(try RunningThread(name: name) { state.run() })
    }

    /// From any thread; `receiver` is told how it ends, always.
    func start(_ order: TransferOrder, _ receiver: any TransferReceiver) {
        state.submit(order, receiver)
    }

    /// Whatever is under way ends with `ended`.
    func stop() {
        state.end()
        thread.withLock { $0.take() }?.join()
    }
}

/// `@unchecked Sendable`: but for `inbox` all of it belongs to the thread, and `transfers` is only
/// waked by others, which libcurl allows.
@safe private final class State: @unchecked Sendable {
    private typealias Asked = (order: TransferOrder, receiver: any TransferReceiver)

    private struct Inbox {
        var orders: [Asked] = []
        /// Those that have not begun, here or with the thread.
        var waiting = 0
        var isEnding = false
    }

    private let address: TransferAddress
    private let limits: ObjectClient.Settings
    private let transfers: OpaquePointer
    private let inbox = Mutex(Inbox())
    private var waiting: ArraySlice<Asked> = []
    private var running: [RunningTransfer] = []

    init(_ address: TransferAddress, limits: ObjectClient.Settings) {
        Self.begin
        (self.address, self.limits) = (address, limits)
        guard let opened = unsafe CTransfers_open(limits.connections, RunningTransfer.handlers)
        else { preconditionFailure("out of memory") }
        unsafe transfers = opened
    }

    deinit { unsafe CTransfers_close(transfers) }

    /// Once in a process.
    private static let begin: Void = CTransfers_begin()

    func submit(_ order: TransferOrder, _ receiver: any TransferReceiver) {
        let failure = inbox.withLock { inbox -> TransferFailure? in
            if inbox.isEnding { return .ended }
            if inbox.waiting >= limits.waiting { return .busy }
            inbox.waiting += 1
            inbox.orders.append((order, receiver))
            return nil
        }
        if let failure { return receiver.end(.failed(failure)) }
        unsafe CTransfers_wake(transfers)
    }

    func end() {
        inbox.withLock { $0.isEnding = true }
        unsafe CTransfers_wake(transfers)
    }

    /// How long a turn may wait: for nothing, and while times are counted.
    private static let (idleMilliseconds, busyMilliseconds) = (CInt(60_000), CInt(100))

    func run() {
        while true {
            let isEnding = inbox.withLock { inbox in
                waiting += inbox.orders
                inbox.orders.removeAll()
                return inbox.isEnding
            }
            if isEnding { return endAll() }
            begin()
            unsafe CTransfers_turn(
                transfers, running.isEmpty ? Self.idleMilliseconds : Self.busyMilliseconds)
            running.removeAll { $0.hasEnded }
            watch(now: Clock.monotonic())
        }
    }

    private func begin() {
        var puts = running.count { $0.isPut }
        var passedOver: ArraySlice<Asked> = []
        while running.count < limits.connections, let asked = waiting.popFirst() {
            // Uploads leave connections to those who fetch.
            if asked.order.method == .put {
                guard puts < limits.uploads else {
                    passedOver.append(asked)
                    continue
                }
                puts += 1
            }
            if let end = asked.order.sendBy, Clock.monotonic() >= end {
                asked.receiver.end(.failed(.late))
                continue
            }
            let transfer = RunningTransfer(asked.order, asked.receiver)
            if unsafe transfer.add(to: transfers, address, connect: limits.connectTimeout) {
                running.append(transfer)
            }
        }
        waiting = passedOver + waiting
        let count = waiting.count
        inbox.withLock { $0.waiting = count + $0.orders.count }
    }

    private func watch(now: Duration) {
        for transfer in running {
            guard let failure = transfer.failure(now: now, limits) else { continue }
            unsafe transfer.remove(from: transfers, .failed(failure))
        }
        running.removeAll { $0.hasEnded }
    }

    private func endAll() {
        for transfer in running { unsafe transfer.remove(from: transfers, .failed(.ended)) }
        running.removeAll()
        let late = inbox.withLock { inbox in
            defer { inbox.orders.removeAll() }
            return inbox.orders
        }
        for (_, receiver) in waiting + late { receiver.end(.failed(.ended)) }
        waiting.removeAll()
    }
}
