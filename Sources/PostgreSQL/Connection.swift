internal import CPostgreSQL
internal import Glibc

/// One connection to a PostgreSQL, used by one thread at a time.
///
/// Statements go out together and their answers are read behind them (pipeline mode): a batch costs
/// one way there and back. Every wait ends by a deadline of our own: `connect_timeout` and
/// `tcp_user_timeout` do nothing for a connection whose server was stopped. A connection that
/// failed or timed out is of no further use.
@safe package final class Connection {
    private let handle: OpaquePointer
    /// By where a statement's text lies.
    private var names: [Int: String] = [:]
    private var nameCount = 0
    private var isBroken = false
    /// Of the answers that are waited for: which are of preparations, and of what.
    private var prepares: [Int: Int] = [:]
    private var sentCount = 0

    /// Looking up a host's name is libpq's own, and waits as long as the system does.
    ///
    /// A standby is refused: it knows less than was acknowledged, and what it does not know would
    /// be told as unknown.
    init(_ server: Server, until deadline: Deadline) throws(DatabaseError) {
        guard let started = unsafe server.withLists({ unsafe PQconnectStartParams($0, $1, 0) })
        else { throw .away("no memory") }
        unsafe handle = started
        // Else its notices go to standard error, between the log's lines.
        _ = unsafe PQsetNoticeProcessor(handle, { unsafe (_, _) = ($0, $1) }, nil)
        do throws(DatabaseError) {
            try connect(until: deadline)
            let standby = unsafe PQparameterStatus(handle, "in_hot_standby")
            if let standby = unsafe standby, unsafe String(cString: standby) == "on" {
                throw .away("a standby")
            }
        } catch {
            isBroken = true
            throw error
        }
    }

    deinit { unsafe PQfinish(handle) }

    private func connect(until deadline: Deadline) throws(DatabaseError) {
        guard unsafe PQstatus(handle) != CONNECTION_BAD else { throw .away(reason) }
        var wanted = Int16(POLLOUT)
        while true {
            _ = try wait(for: wanted, until: deadline)
            switch unsafe PQconnectPoll(handle) {
            case PGRES_POLLING_READING: wanted = Int16(POLLIN)
            case PGRES_POLLING_WRITING: wanted = Int16(POLLOUT)
            case PGRES_POLLING_OK:
                guard unsafe PQsetnonblocking(handle, 1) == 0,
                    unsafe PQenterPipelineMode(handle) == 1
                else { throw .away(reason) }
                return
            default: throw .away(reason)
            }
        }
    }

    /// Sends them together and returns what each gave. Where one is refused those behind it are
    /// not done, and a transaction that was begun among them is rolled back.
    package func run(
        _ statements: [Statement], milliseconds: Int
    ) throws(DatabaseError) -> [Rows] {
        guard !isBroken else { throw .away("the connection was given up") }
        let deadline = Deadline(milliseconds: milliseconds)
        do throws(DatabaseError) {
            (sentCount, prepares) = (0, [:])
            for statement in statements { try send(statement) }
            guard unsafe PQpipelineSync(handle) == 1 else { throw .away(reason) }
            return try results(until: deadline)
        } catch {
            switch error {
            case .refused, .full:
                guard unsafe PQtransactionStatus(handle) != PQTRANS_IDLE else { throw error }
                do throws(DatabaseError) {
                    _ = try run([.rollback], milliseconds: milliseconds)
                } catch { isBroken = true }
            case .away, .timedOut: isBroken = true
            }
            throw error
        }
    }

    package var isUsable: Bool { !isBroken }

    /// How often somebody has notified since this was asked for.
    package func takeNotifications() -> Int {
        if isBroken { return 0 }
        guard unsafe PQconsumeInput(handle) == 1 else {
            isBroken = true
            return 0
        }
        var count = 0
        while let notification = unsafe PQnotifies(handle) {
            unsafe PQfreemem(notification)
            count += 1
        }
        return count
    }

    /// For who waits for notifications beside other things.
    package var descriptor: CInt { unsafe PQsocket(handle) }

    // MARK: Sending

    private func send(_ statement: Statement) throws(DatabaseError) {
        let name = try prepared(statement.text)
        // One block with all values behind each other, so that their places can be lent together.
        var block: [UInt8] = []
        var places: [Int] = []
        var lengths: [CInt] = []
        for value in statement.values {
            let bytes = value.encoded
            places.append(block.count)
            lengths.append(CInt(bytes.count))
            block += bytes
        }
        // Where a value is empty, its place is still one in the block.
        block.append(0)
        let formats = [CInt](repeating: 1, count: places.count)
        let sent = unsafe block.withUnsafeBytes { block in
            let pointers = unsafe places.map { place in
                unsafe block.baseAddress?.advanced(by: place)
                    .assumingMemoryBound(to: CChar.self)
            }
            return unsafe PQsendQueryPrepared(
                handle, name, CInt(places.count), pointers, lengths, formats, 1)
        }
        guard sent == 1 else { throw .away(reason) }
        sentCount += 1
    }

    /// The name under which the server knows it, or will when this has gone out.
    private func prepared(_ text: StaticString) throws(DatabaseError) -> String {
        let key = unsafe Int(bitPattern: text.utf8Start)
        if let known = names[key] { return known }
        let name = "s\(nameCount)"
        guard unsafe PQsendPrepare(handle, name, "\(text)", 0, nil) == 1
        else { throw .away(reason) }
        nameCount += 1
        names[key] = name
        prepares[sentCount] = key
        sentCount += 1
        return name
    }

    // MARK: Receiving

    private func results(until deadline: Deadline) throws(DatabaseError) -> [Rows] {
        var rows: [Rows] = []
        var refusal: DatabaseError?
        var place = 0
        while true {
            guard let result = try unsafe next(until: deadline) else { continue }
            defer { unsafe PQclear(result) }
            let status = unsafe PQresultStatus(result)
            if status == PGRES_PIPELINE_SYNC {
                if let refusal { throw refusal }
                guard place == sentCount else { throw .away("answers are missing") }
                return rows
            }
            if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK {
                if prepares[place] == nil { rows.append(unsafe Rows(result)) }
            } else {
                // Its name may stand for nothing, and is not used again.
                if let key = prepares[place] { names[key] = nil }
                if status != PGRES_PIPELINE_ABORTED {
                    refusal = try unsafe self.refusal(in: result)
                }
            }
            place += 1
        }
    }

    private func refusal(in result: OpaquePointer) throws(DatabaseError) -> DatabaseError {
        func field(_ code: Character) -> String? {
            let text = unsafe PQresultErrorField(result, CInt(code.asciiValue ?? 0))
            return unsafe text.map { unsafe String(cString: $0) }
        }
        guard let state = field("C") else { throw .away(field("M") ?? reason) }
        let error = DatabaseError(state: state, field("M") ?? "")
        if case .away = error { throw error }
        return error
    }

    /// `nil` between two statements' results.
    private func next(until deadline: Deadline) throws(DatabaseError) -> OpaquePointer? {
        while true {
            let left = unsafe PQflush(handle)
            if left < 0 { throw .away(reason) }
            if unsafe PQisBusy(handle) == 0 { return unsafe PQgetResult(handle) }
            let ready = try wait(for: Int16(left == 1 ? POLLIN | POLLOUT : POLLIN), until: deadline)
            guard ready & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            guard unsafe PQconsumeInput(handle) == 1 else { throw .away(reason) }
        }
    }

    private func wait(
        for events: Int16, until deadline: Deadline
    ) throws(DatabaseError) -> Int16 {
        var item = pollfd(fd: unsafe PQsocket(handle), events: events, revents: 0)
        while true {
            let result = unsafe poll(&item, 1, deadline.millisecondsLeft)
            if result > 0 { return item.revents }
            if result == 0 { throw .timedOut }
            guard errno == EINTR else { throw .away("poll: \(errno)") }
        }
    }

    /// libpq's words, their first line; never the connection string, which may have a password in
    /// it.
    private var reason: String {
        guard let text = unsafe PQerrorMessage(handle) else { return "no words" }
        let words = unsafe String(cString: text).utf8.prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: words, as: UTF8.self)
    }
}

extension Rows {
    fileprivate init(_ result: OpaquePointer) {
        let (rowCount, columnCount) = unsafe (PQntuples(result), PQnfields(result))
        rows = (0..<rowCount).map { row in
            (0..<columnCount).map { column -> [UInt8]? in
                guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
                let count = Int(unsafe PQgetlength(result, row, column))
                let start = unsafe PQgetvalue(result, row, column)
                return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
            }
        }
        let changed = unsafe PQcmdTuples(result)
        changedCount = unsafe changed.flatMap { unsafe Int(String(cString: $0)) } ?? 0
    }
}
